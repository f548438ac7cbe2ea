//! Functions at work: alone, two at once, dying, or with a change in the midst of a charge.

use std::sync::Arc;
use std::time::Duration;

use doku_shared::app::{Answer, App, AppError, Deadline, DueMessage};
use doku_shared::clock::Timestamp;
use doku_shared::retry;
use doku_shared::store::StoreError;
use serde_json::Value;

use super::World;
use crate::call::{PATIENCE, Request, Wish};
use crate::judge::Violation;
use crate::leaks::Reader;
use crate::plan::{FUNCTIONS, How, Spelling};
use crate::reaper::{Caller, Meeting};

/// How long a charge may take.
const CHARGING: Duration = Duration::from_secs(100);

/// A change that is asked for in the midst of something.
pub(super) struct Change {
    pub number: usize,
    pub request: Request,
    pub meeting: Meeting,
}

impl Change {
    fn is_about(&self, message: &DueMessage) -> bool {
        let Wish::Turn(id, ..) = &self.request.wish else {
            return false;
        };
        message.subscription.to_string() == *id
    }
}

impl World {
    /// Runs a function until it ends or dies; `None` where it died.
    pub(super) async fn run<T>(
        &mut self,
        how: How,
        task: impl AsyncFn(Arc<App>) -> T,
    ) -> Option<T> {
        if how.death.is_some() {
            let caller = Caller::Function(how.function);
            drop(self.reaper.watch(caller, how.death, None));
        }
        self.go_on(how, task).await
    }

    /// The same, of one that is watched where it is to die.
    async fn go_on<T>(&mut self, how: How, task: impl AsyncFn(Arc<App>) -> T) -> Option<T> {
        let app = Arc::clone(&self.functions[how.function]);
        if how.death.is_none() {
            if !how.twice {
                return Some(task(app).await);
            }
            let other = Arc::clone(&self.functions[(how.function + 1) % FUNCTIONS]);
            return Some(tokio::join!(task(app), task(other)).0);
        }
        let ended = tokio::select! {
            biased;
            () = self.reaper.death() => None,
            ended = task(app) => Some(ended),
        };
        self.reaper.rest();
        if ended.is_none() {
            self.deaths += 1;
            let caller = Caller::Function(how.function);
            self.functions[how.function] = Arc::new(self.foundry.app(caller));
        }
        ended
    }

    /// Runs a function, and in the midst of it somebody asks for a change.
    async fn meet<T>(
        &mut self,
        how: How,
        change: Change,
        task: impl AsyncFn(Arc<App>) -> T,
    ) -> Result<Option<T>, Violation> {
        let Change {
            number,
            request,
            meeting,
        } = change;
        self.asks(number, &request);
        let caller = Caller::Function(how.function);
        let told = self.reaper.watch(caller, how.death, Some(meeting));
        let (reaper, other) = (self.reaper.clone(), (how.function + 2) % FUNCTIONS);
        let other = Arc::clone(&self.functions[other]);
        let clock = self.foundry.clock.clone();
        let asking = async move {
            let met = told.await.is_ok();
            let answered = request.send(&other).await;
            // What was running may end much later.
            (met, answered, clock.now())
        };
        let running = async {
            let ended = self.go_on(how, task).await;
            reaper.rest();
            ended
        };
        let (ended, (met, answered, at)) = tokio::join!(running, asking);
        self.meetings += u64::from(met);
        self.hears(number, Some(answered), at)?;
        Ok(ended)
    }

    pub(super) async fn ask(
        &mut self,
        number: usize,
        request: &Request,
        how: How,
    ) -> Result<(), Violation> {
        if request.spelling == Spelling::Doubled {
            return self.is_refused(number, request, how).await;
        }
        self.asks(number, request);
        if how.twice {
            let app = Arc::clone(&self.functions[how.function]);
            let other = Arc::clone(&self.functions[(how.function + 1) % FUNCTIONS]);
            let (one, two) = tokio::join!(request.send(&app), request.send(&other));
            let now = self.foundry.clock.now();
            self.hears(number, Some(one), now)?;
            return self.hears(number, Some(two), now);
        }
        let answered = self.run(how, async |app| request.send(&app).await).await;
        self.hears(number, answered, self.foundry.clock.now())
    }

    /// A header that came twice names no request: nothing is done.
    async fn is_refused(
        &mut self,
        number: usize,
        request: &Request,
        how: How,
    ) -> Result<(), Violation> {
        let calls = self.cloud.calls();
        let answered = request.send(&self.functions[how.function]).await;
        let invalid = matches!(answered, Err(AppError::Invalid(_)));
        if invalid && self.cloud.calls() == calls {
            self.told.push(format!("{number}: refused"));
            return Ok(());
        }
        let key = request.spelling.header(&request.key);
        let found = format!("{number} came with the key {key}: {answered:?}");
        Err(Violation::new("one key, one request", found))
    }

    fn asks(&mut self, number: usize, request: &Request) {
        self.answers = self.cloud.answers();
        if let Wish::Turn(id, turn, _) = &request.wish {
            let now = self.foundry.clock.now();
            self.judge.standing.asked(number, id, *turn, now);
        }
        if let Wish::Refund(id, _) = &request.wish {
            self.judge.refund_asked(id, &request.key);
        }
        if let Wish::Capture(id, _) = &request.wish {
            self.judge.capture_asked(id, &request.key);
        }
    }

    fn hears(
        &mut self,
        number: usize,
        answered: Option<Result<Answer, AppError>>,
        now: Timestamp,
    ) -> Result<(), Violation> {
        let done = matches!(&answered, Some(Ok(answer)) if answer.status < 300);
        self.judge.standing.heard(number, done, now);
        self.told.push(match &answered {
            None => format!("{number}: died"),
            Some(Ok(answer)) => {
                let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                format!(
                    "{number}: {} {} {}",
                    answer.status, body["status"], body["failure"]["code"]
                )
            }
            Some(Err(error)) => format!("{number}: {error} {error:?}"),
        });
        match answered {
            None => Ok(()),
            Some(Ok(answer)) => self.note(number, &answer),
            Some(Err(error)) => {
                self.is_not_given_up(&error)?;
                self.may_be_said(&error)
            }
        }
    }

    /// "Not now" is tried again, as long as there is time.
    fn is_not_given_up(&self, error: &AppError) -> Result<(), Violation> {
        let why = match error {
            AppError::Store(StoreError::Unavailable(why)) => why.clone(),
            AppError::Queue(why) => why.to_string(),
            _ => return Ok(()),
        };
        if !self.answers || !self.cloud.answers() {
            return Ok(());
        }
        let found = format!("given up: {why}");
        Err(Violation::new("\"not now\" is not \"no\"", found))
    }

    /// Remembers an answer; a final one is every repeat's.
    fn note(&mut self, number: usize, answer: &Answer) -> Result<(), Violation> {
        let text = String::from_utf8_lossy(&answer.body);
        self.must_not_tell(&text, Reader::Caller)?;
        let made = self.made.entry(number).or_default();
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        self.judge.answer(&body);
        if let (Some((status, first)), true) = (&made.answer, answer.status != 202)
            && (*status, first) != (answer.status, &answer.body)
        {
            let was = String::from_utf8_lossy(first);
            let what = format!("a repeat of {number} answered otherwise: {was} then {text}");
            return Err(Violation::new("one key, one answer", what));
        }
        if answer.status != 202 {
            made.answer = Some((answer.status, answer.body.clone()));
        }
        made.body = body;
        Ok(())
    }

    /// The schedule of subscriptions, and the queue's messages, some of them often and some never. A
    /// change comes in the midst of the first charge of its subscription, or after all.
    pub(super) async fn tick(
        &mut self,
        deliveries: u8,
        mut change: Option<Change>,
        how: How,
    ) -> Result<(), Violation> {
        let once = How {
            twice: false,
            ..how
        };
        let queue = self.queue.clone();
        self.answers = self.cloud.answers();
        let swept = self
            .run(once, async |app| {
                let swept = app.sweep_charges(&queue, None, Deadline::within(PATIENCE));
                retry::within(PATIENCE, swept).await
            })
            .await;
        if let Some(Err(error)) = swept {
            self.is_not_given_up(&error)?;
            self.may_be_said(&error)?;
        }
        let messages = self.cloud.take_messages();
        let messages = messages.iter().filter_map(|text| DueMessage::parse(text));
        for message in messages {
            for _ in 0..deliveries {
                let task = async |app: Arc<App>| {
                    app.charge_due(&message, Deadline::within(CHARGING)).await
                };
                let charged = match change.take_if(|change| change.is_about(&message)) {
                    Some(change) => Box::pin(self.meet(how, change, task)).await?,
                    None => Box::pin(self.run(how, task)).await,
                };
                if let Some(Err(error)) = charged {
                    self.may_be_said(&error)?;
                }
            }
        }
        match change {
            Some(Change {
                number, request, ..
            }) => self.ask(number, &request, how).await,
            None => Ok(()),
        }
    }

    /// Somebody looks after what is open. A change comes in the midst of it.
    pub(super) async fn reconcile(
        &mut self,
        change: Option<Change>,
        how: How,
    ) -> Result<(), Violation> {
        // As long as the template lets it run.
        let until = Duration::from_mins(2);
        let task = async |app: Arc<App>| app.reconcile(Deadline::within(until)).await;
        let run = match change {
            Some(change) => Box::pin(self.meet(how, change, task)).await?,
            None => Box::pin(self.run(how, task)).await,
        };
        match run {
            Some(Err(error)) => self.may_be_said(&error),
            _ => Ok(()),
        }
    }

    pub(super) fn must_not_tell(&self, text: &str, reader: Reader) -> Result<(), Violation> {
        let Some(leak) = self.leaks.find(text, reader) else {
            return Ok(());
        };
        let line = text.lines().find(|line| line.contains(leak));
        let found = format!("{leak} is in {}", line.unwrap_or_default());
        Err(Violation::new("I7", found))
    }

    /// An error says nothing that is nobody's business, and is never a bug's.
    pub(super) fn may_be_said(&self, error: &AppError) -> Result<(), Violation> {
        let text = format!("{error} {error:?}");
        if matches!(error, AppError::Internal(_)) {
            return Err(Violation::new("no bugs", text));
        }
        self.must_not_tell(&text, Reader::Everybody)
    }
}
