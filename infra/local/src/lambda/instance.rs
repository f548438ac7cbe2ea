//! One process of a function, from its start to its end.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::logs::{LogLine, Logs};

/// What `GET …/invocation/next` hands to the process.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// `lambda-runtime-aws-request-id`
    pub request_id: String,
    /// `lambda-runtime-deadline-ms`
    pub deadline_ms: u64,
    /// `lambda-runtime-invoked-function-arn`
    pub function_arn: String,
    /// `lambda-runtime-trace-id`
    pub trace_id: String,
    /// The body.
    pub event: Bytes,
}

/// What the process made of an invocation.
#[derive(Debug)]
pub enum Outcome {
    /// `POST …/response`
    Response(Bytes),
    /// `POST …/error`
    Error(Bytes),
}

/// A process of a function.
pub struct Instance {
    name: String,
    function: String,
    pid: u32,
    started: Instant,
    /// Milliseconds from spawn to the first poll, once it has happened.
    init: watch::Sender<Option<Duration>>,
    exited: watch::Sender<bool>,
    kill: Notify,
    busy: AtomicBool,
    to_process: mpsc::Sender<Invocation>,
    for_process: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    pending: Mutex<Option<(String, oneshot::Sender<Outcome>)>>,
}

impl Instance {
    /// Starts the process. The future that comes with the instance owns the process and waits for
    /// its end; dropping it kills the process.
    pub fn spawn(
        name: String,
        function: String,
        mut command: Command,
        logs: &Logs,
    ) -> std::io::Result<(std::sync::Arc<Self>, impl Future<Output = ()> + use<>)> {
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0) // Ctrl-C is for this process, which then ends its children in order
            .kill_on_drop(true)
            .spawn()?;
        let (to_process, for_process) = mpsc::channel(1);
        let instance = std::sync::Arc::new(Self {
            name,
            function,
            pid: child.id().unwrap_or_default(),
            started,
            init: watch::Sender::new(None),
            exited: watch::Sender::new(false),
            kill: Notify::new(),
            busy: AtomicBool::new(false),
            to_process,
            for_process: tokio::sync::Mutex::new(for_process),
            pending: Mutex::new(None),
        });
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (watched, logs) = (std::sync::Arc::clone(&instance), logs.clone());
        let life = async move {
            // Output is read to its end before the end is announced: a test that waits for the end
            // then sees every line.
            tokio::join!(
                watched.read_lines(stdout, &logs),
                watched.read_lines(stderr, &logs),
                watched.wait(&mut child, &logs),
            );
            // In this order: whoever hands over an invocation leaves it first and looks for the end
            // after, so one of the two always sees the other.
            watched.exited.send_replace(true);
            watched.pending().take();
        };
        Ok((instance, life))
    }

    async fn wait(&self, child: &mut Child, logs: &Logs) {
        let status = tokio::select! {
            status = child.wait() => status,
            () = self.kill.notified() => {
                let _ = child.start_kill(); // fails only when it has already ended
                child.wait().await
            }
        };
        if let Ok(status) = status {
            self.log(logs, format!("[local] the process ended: {status}"));
        }
    }

    async fn read_lines(&self, output: Option<impl AsyncRead + Unpin>, logs: &Logs) {
        let Some(output) = output else { return };
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while let Ok(length) = reader.read_until(b'\n', &mut line).await {
            if length == 0 {
                break;
            }
            self.log(logs, String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    }

    fn log(&self, logs: &Logs, text: String) {
        logs.push(LogLine {
            function: self.function.clone(),
            instance: self.name.clone(),
            text,
        });
    }

    fn pending(&self) -> MutexGuard<'_, Option<(String, oneshot::Sender<Outcome>)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its name, `pay-3`, which is also its part of the Runtime API's path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Spawn to first poll, when that has happened.
    pub fn init_time(&self) -> Option<Duration> {
        *self.init.borrow()
    }

    /// Whether it works on an invocation.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire)
    }

    /// Marks it as taken or idle.
    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Release);
    }

    /// Whether the process has ended.
    pub fn has_exited(&self) -> bool {
        *self.exited.borrow()
    }

    /// Waits for the end of the process.
    pub async fn exited(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.exited.subscribe().wait_for(|exited| *exited).await;
    }

    /// Kills the process (SIGKILL) and waits until it is gone.
    pub async fn kill(&self) {
        self.kill.notify_one();
        self.exited().await;
    }

    /// Waits for the first poll of the Runtime API. False when the process ended instead.
    pub async fn ready(&self) -> bool {
        let mut init = self.init.subscribe();
        tokio::select! {
            ready = init.wait_for(Option::is_some) => ready.is_ok(),
            () = self.exited() => false,
        }
    }

    /// Hands an invocation to the process. The receiver gets the outcome, or an error when the
    /// process dies first.
    pub(super) async fn invoke(&self, invocation: Invocation) -> oneshot::Receiver<Outcome> {
        let (answer, receiver) = oneshot::channel();
        *self.pending() = Some((invocation.request_id.clone(), answer));
        if self.has_exited() || self.to_process.send(invocation).await.is_err() {
            self.pending().take();
        }
        receiver
    }

    /// The process polls: it is ready, and waits for its next invocation.
    pub(super) async fn next(&self) -> Option<Invocation> {
        self.init.send_if_modified(|init| {
            let first = init.is_none();
            init.get_or_insert_with(|| self.started.elapsed());
            first
        });
        self.for_process.lock().await.recv().await
    }

    /// The process answers. False when it does not work on that request (any more).
    pub(super) fn finish(&self, request_id: &str, outcome: Outcome) -> bool {
        let mut pending = self.pending();
        match pending.take() {
            Some((id, answer)) if id == request_id => answer.send(outcome).is_ok(),
            other => {
                *pending = other;
                false
            }
        }
    }
}
