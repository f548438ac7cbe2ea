//! The cards that a customer saved on DOKU's page. DOKU keeps them; we keep nothing of them.

use std::sync::Arc;
use std::time::Duration;

use super::answer::Answer;
use super::beginning::Claimed;
use super::sending::{NonSnapOrder, Sent};
use super::view::{self, ListView};
use super::{Actor, App, AppError, Deadline, Idempotency};
use crate::doku::exchange;
use crate::doku::reading::Reading;
use crate::doku::wire::card::tokens as wire;
use crate::domain::card::{CardTokenId, SavedCard};
use crate::domain::ids::CustomerId;
use crate::secrets::Secrets;
use crate::store::{Claim, Target};

/// How long a deletion may still be running. Repeating one does no harm; this only keeps two from
/// running at once.
const RUNNING: Duration = Duration::from_secs(28);

impl App {
    /// A customer's saved cards.
    pub async fn list_cards(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if !actor.may_touch(customer) {
            return Err(AppError::CardNotFound);
        }
        let secrets = self.secrets.current().await?;
        let cards = self.cards_of(&secrets, customer, deadline).await?;
        let items = cards.iter().map(view::card_view).collect();
        Answer::new(200, &ListView::new(items, None))
    }

    /// Deletes one of a customer's saved cards.
    pub async fn delete_card(
        &self,
        actor: &Actor,
        customer: &CustomerId,
        token: &CardTokenId,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if !actor.may_touch(customer) {
            return Err(AppError::CardNotFound);
        }
        let secrets = self.secrets.current().await?;
        let claim = if let Some(claim) = self.earlier(idempotency).await? {
            if let Some(answer) = self.answered(&secrets, idempotency, &claim).await? {
                return Ok(answer);
            }
            self.check_not_running(&claim)?;
            claim
        } else {
            self.own_card(&secrets, customer, token, deadline).await?;
            let claim = idempotency.claim(&secrets, Target::DeleteCard, self.clock.now());
            match self.claim_alone(&secrets, idempotency, claim).await? {
                Claimed::Now(claim) => claim,
                Claimed::Answered(answer) => return Ok(answer),
            }
        };
        let deleted = self.send_deletion(&secrets, customer, token, deadline);
        if let Err(error) = deleted.await {
            // An earlier attempt, whose answer was lost, may have done it.
            let left = self.cards_of(&secrets, customer, deadline).await?;
            if left.iter().any(|card| card.token == *token) {
                return Err(error);
            }
        }
        let answer = Answer::new(200, &view::deleted_card_view(customer, token))?;
        self.answer_claim(&secrets, &claim, answer).await
    }

    fn check_not_running(&self, claim: &Claim) -> Result<(), AppError> {
        let over = claim.created_at.plus(RUNNING);
        let now = self.clock.now();
        if now < over {
            return Err(AppError::InProgress(over.since(now)));
        }
        Ok(())
    }

    /// Checks that a card is one of this customer's.
    pub(super) async fn own_card(
        &self,
        secrets: &Arc<Secrets>,
        customer: &CustomerId,
        token: &CardTokenId,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let cards = self.cards_of(secrets, customer, deadline).await?;
        if cards.iter().any(|card| card.token == *token) {
            Ok(())
        } else {
            Err(AppError::CardNotFound)
        }
    }

    async fn cards_of(
        &self,
        secrets: &Arc<Secrets>,
        customer: &CustomerId,
        deadline: Deadline,
    ) -> Result<Vec<SavedCard>, AppError> {
        let body = wire::list_request(customer);
        let answer = self
            .ask_for(secrets, wire::LIST_PATH, &body, deadline)
            .await?;
        match answer.reading {
            Reading::Success => {
                wire::read_list(&answer.body, customer).map_err(|_| AppError::Unreachable)
            }
            // A customer that DOKU never saw has no cards.
            Reading::NotFound => Ok(Vec::new()),
            Reading::Refused(_) => Err(AppError::Misconfigured),
            _ => Err(AppError::Unreachable),
        }
    }

    async fn send_deletion(
        &self,
        secrets: &Arc<Secrets>,
        customer: &CustomerId,
        token: &CardTokenId,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let which = self.config.card_token_deletion;
        let body = wire::deletion_request(which, customer, token);
        let path = wire::deletion_path(which);
        let answer = self.ask_for(secrets, path, &body, deadline).await?;
        let done = wire::read_deleted(which, &answer.body);
        match answer.reading {
            // An answer of 200 may carry a failure.
            Reading::Success if done => Ok(()),
            Reading::Success | Reading::Refused(_) | Reading::NotFound => Err(AppError::Illegal(
                "DOKU did not delete the card; try again, or look at it in DOKU's dashboard.",
            )),
            _ => Err(AppError::Unreachable),
        }
    }

    /// One request that moves no money and may be repeated at will.
    async fn ask_for(
        &self,
        secrets: &Arc<Secrets>,
        path: &str,
        body: &[u8],
        deadline: Deadline,
    ) -> Result<exchange::Answer, AppError> {
        let request_id = self.external_id()?;
        let order = NonSnapOrder {
            path,
            request_id: &request_id,
            body: Some(body),
        };
        match self.send_non_snap(secrets, order, deadline).await {
            Sent::Answered(answer, _) => Ok(answer),
            Sent::NotTaken(error) => Err(error),
            Sent::Lost(_) | Sent::CustomerGone => Err(AppError::Unreachable),
        }
    }
}
