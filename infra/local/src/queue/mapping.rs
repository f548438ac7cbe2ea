//! Lambda's event source mapping: calls a function with what is in a queue, and deletes what it dealt
//! with.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::answer::{self, Failed};
use super::messages::Delivery;
use super::{Queues, Request, record};
use crate::lambda::Lambda;
use crate::logs::{LogLine, Logs};
use crate::tasks::Tasks;
use crate::template::{EventSource, FunctionSpec, QueueSpec};

/// One queue and the function that it calls.
struct Mapping {
    queues: Arc<Queues>,
    queue: QueueSpec,
    source: EventSource,
    function: String,
    lambda: Arc<Lambda>,
    logs: Logs,
}

/// Delivers to every function what its queues hold, until `tasks` stop.
pub fn run(
    queues: &Arc<Queues>,
    functions: &[FunctionSpec],
    lambda: &Arc<Lambda>,
    logs: &Logs,
    tasks: &Arc<Tasks>,
) {
    let specs = queues.specs();
    for function in functions {
        for source in function.event_sources.iter().filter(|one| one.enabled) {
            let Some(queue) = specs.iter().find(|spec| spec.name == source.queue) else {
                continue;
            };
            let mapping = Arc::new(Mapping {
                queues: Arc::clone(queues),
                queue: queue.clone(),
                source: source.clone(),
                function: function.package.clone(),
                lambda: Arc::clone(lambda),
                logs: logs.clone(),
            });
            tasks.spawn(deliver(mapping, Arc::clone(tasks)));
        }
    }
}

/// Takes messages only when a call may be made, so that no message grows old in a waiting line.
async fn deliver(mapping: Arc<Mapping>, tasks: Arc<Tasks>) {
    let calls = Arc::new(Semaphore::new(mapping.source.concurrency));
    let request = Request {
        most: mapping.source.batch_size,
        visibility: None,
        for_function: true,
    };
    // The semaphore is never closed, and the queue is there as long as the world.
    while let Ok(call) = Arc::clone(&calls).acquire_owned().await {
        let next = mapping.queues.next(&mapping.queue.name, request).await;
        let Ok(deliveries) = next else { return };
        let mapping = Arc::clone(&mapping);
        tasks.spawn(async move {
            mapping.call(&deliveries).await;
            drop(call);
        });
    }
}

impl Mapping {
    /// Calls the function once. What it dealt with is deleted; the rest becomes visible again after
    /// the visibility timeout, as after a process that died.
    async fn call(&self, deliveries: &[Delivery]) {
        let event = record::event(&self.queue, deliveries).to_string();
        let answer = self.lambda.invoke(&self.function, event.into()).await;
        let failed = match answer {
            Ok(answer) => self.read(&answer, deliveries),
            Err(error) => {
                self.complain(&error.to_string());
                Failed::All
            }
        };
        for delivery in deliveries {
            let (name, receipt) = (&self.queue.name, &delivery.receipt);
            if failed.has(&delivery.message.id) {
                let _ = self.queues.abandon(name, receipt);
            } else if let Ok(Err(_)) = self.queues.delete(name, receipt) {
                self.complain("its answer came after the visibility timeout");
            }
        }
    }

    fn read(&self, answer: &Bytes, deliveries: &[Delivery]) -> Failed {
        if !self.source.partial_answers {
            return Failed::Some(HashSet::new());
        }
        let ids = deliveries.iter().map(|one| one.message.id.clone());
        let failed = answer::read(answer, &ids.collect());
        if failed == Failed::All {
            self.complain("its answer is none about these messages");
        }
        failed
    }

    fn complain(&self, why: &str) {
        let queue = &self.queue.name;
        self.logs.push(LogLine {
            function: self.function.clone(),
            instance: queue.clone(),
            text: format!("[local] messages of the queue {queue} will come again: {why}"),
        });
    }
}
