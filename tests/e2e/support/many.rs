//! Many requests at once.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use super::Answer;

/// Runs one request for each number below `count`, all at once, and gives the answers.
pub async fn at_once<F>(count: usize, request: impl Fn(usize) -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut running = JoinSet::new();
    for number in 0..count {
        running.spawn(request(number));
    }
    running.join_all().await
}

/// How many answers there are of each status.
pub fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut counted = BTreeMap::new();
    for answer in answers {
        *counted.entry(answer.status).or_default() += 1;
    }
    counted
}
