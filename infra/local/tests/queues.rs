//! A world around a function that queues call: what SQS and Lambda's mapping do.

#![expect(
    clippy::unwrap_used,
    reason = "helpers outside #[test] functions are tests too"
)]

mod support;

use std::time::{Duration, Instant};

use local::{Depth, Queue, World};
use serde_json::{Value, json};
use support::{client, start};

/// What the fixture's queue hides a message for.
const VISIBILITY_TIMEOUT: Duration = Duration::from_mins(1);

/// One call of SQS, and its status.
async fn sqs(world: &World, operation: &str, body: &Value) -> (u16, Value) {
    let request = client().post(world.sqs_url());
    let request = request.header("x-amz-target", format!("AmazonSQS.{operation}"));
    let answer = request.body(body.to_string()).send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert_eq!(kind, "application/x-amz-json-1.0");
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Sends bodies, each in a group that is its last word.
async fn send(world: &World, queue: &Queue, bodies: &[&str]) {
    for body in bodies {
        let mut message = json!({ "QueueUrl": queue.spec().url, "MessageBody": body });
        if queue.spec().fifo {
            message["MessageGroupId"] = body.split(' ').next_back().into();
        }
        let (status, answer) = sqs(world, "SendMessage", &message).await;
        assert_eq!(status, 200, "{answer}");
    }
}

/// The lines of the function that begin so, in order.
fn lines(world: &World, beginning: &str) -> Vec<String> {
    let lines = world.logs().into_iter().map(|line| line.text);
    lines.filter(|line| line.starts_with(beginning)).collect()
}

/// Waits until there are so many of them: a line may come a little later than the answer.
async fn told(world: &World, beginning: &str, count: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let lines = lines(world, beginning);
        if lines.len() >= count {
            return lines;
        }
        assert!(Instant::now() < deadline, "{beginning}: {lines:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn jobs(world: &World) -> Queue {
    world.queue("Jobs").unwrap()
}

fn waiting(count: usize) -> Depth {
    Depth {
        waiting: count,
        ..Depth::default()
    }
}

#[tokio::test]
async fn a_message_reaches_the_function_as_lambda_hands_it_over() {
    let world = start(|_| {}).await;
    let jobs = jobs(&world);
    send(&world, &jobs, &["show a"]).await;
    jobs.drained().await.unwrap();
    let shown: Value = serde_json::from_str(&told(&world, "{", 1).await[0]).unwrap();
    let attributes = &shown["attributes"];
    for (name, expected) in [
        ("ApproximateReceiveCount", "1"),
        ("MessageGroupId", "a"),
        ("SequenceNumber", "10000000000000000001"),
        (
            "MessageDeduplicationId",
            "143ac18b4aca37be8aff4edf8c1922498d58d255c365dbd9d59a477744f6dbd6",
        ),
    ] {
        assert_eq!(attributes[name], expected, "{name}");
    }
    let sent_at = attributes["SentTimestamp"].as_str().unwrap();
    assert!(sent_at.len() == 13, "milliseconds: {sent_at}");
    assert_eq!(shown["body"], "show a");
    assert_eq!(shown["md5OfBody"], "1e853c3ae9ce2656dbea212258592a99");
    assert_eq!(shown["eventSource"], "aws:sqs");
    assert_eq!(shown["eventSourceARN"], jobs.spec().arn);
    assert_eq!(shown["awsRegion"], "ap-southeast-1");
    assert_eq!(shown["messageId"].as_str().unwrap().len(), 36);
    assert_eq!(jobs.depth(), Depth::default(), "and is deleted");
}

#[tokio::test]
async fn what_the_function_refuses_comes_again_alone_until_it_is_given_up() {
    let world = start(|_| {}).await;
    let jobs = jobs(&world);
    jobs.hold();
    send(&world, &jobs, &["refuse a", "do b"]).await;
    assert_eq!(jobs.depth().visible, 2, "held");
    jobs.release();
    jobs.drained().await.unwrap();
    assert_eq!(jobs.depth(), waiting(1), "one call had both");
    world.move_clock(VISIBILITY_TIMEOUT).await.unwrap();
    jobs.drained().await.unwrap();
    assert_eq!(
        told(&world, "begun refuse a", 2).await,
        ["begun refuse a, time 1", "begun refuse a, time 2"]
    );
    assert_eq!(jobs.dead_letters(), [""; 0], "twice is allowed");
    assert_eq!(jobs.return_now(), 1);
    jobs.drained().await.unwrap();
    assert_eq!(jobs.depth(), Depth::default());
    assert_eq!(jobs.dead_letters(), ["refuse a"]);
    assert_eq!(told(&world, "begun do b", 1).await.len(), 1);
}

#[tokio::test]
async fn a_call_that_fails_brings_back_all_of_its_messages() {
    let world = start(|_| {}).await;
    let jobs = jobs(&world);
    for verb in ["fail", "die"] {
        jobs.hold();
        send(
            &world,
            &jobs,
            &[&format!("do {verb}"), &format!("{verb} it")],
        )
        .await;
        jobs.release();
        jobs.drained().await.unwrap();
        assert_eq!(jobs.depth(), waiting(2), "{verb}");
        jobs.hold();
        assert_eq!(jobs.return_now(), 2);
        let (_, answer) = sqs(&world, "PurgeQueue", &json!({"QueueUrl": jobs.spec().url})).await;
        assert_eq!(answer, json!({}));
        assert_eq!(jobs.depth(), Depth::default());
        jobs.release();
    }
    let complaints = lines(&world, "[local] messages of the queue local-jobs.fifo");
    assert!(complaints[0].contains("asked to fail"), "{complaints:?}");
    assert!(complaints[1].contains("the process of the function ended"));
}

#[tokio::test]
async fn messages_of_a_killed_process_come_again() {
    let world = start(|_| {}).await;
    let jobs = jobs(&world);
    send(&world, &jobs, &["forever a"]).await;
    told(&world, "begun forever", 1).await;
    assert_eq!(jobs.depth().in_flight, 1);
    assert_eq!(world.kill_busy("worker").await, 1);
    jobs.drained().await.unwrap();
    assert_eq!(jobs.depth(), waiting(1));
}

#[tokio::test]
async fn without_partial_answers_a_call_succeeds_or_fails_as_a_whole() {
    let world = start(|_| {}).await;
    let letters = world.queue("local-Letters").unwrap();
    send(&world, &letters, &["refuse a"]).await;
    letters.drained().await.unwrap();
    assert_eq!(letters.depth(), Depth::default());
    assert_eq!(letters.dead_letters(), [""; 0], "it has no place for any");
}

#[tokio::test]
async fn no_more_calls_run_at_a_time_than_the_template_allows() {
    for (workers, processes) in [("2", 2), ("3", 3)] {
        let world = start(|options| {
            options.instances_per_function = 1;
            options.parameters.insert("Workers".into(), workers.into());
        })
        .await;
        let jobs = jobs(&world);
        jobs.hold();
        let bodies: Vec<_> = (0..12).map(|number| format!("sleep {number}")).collect();
        let bodies: Vec<_> = bodies.iter().map(String::as_str).collect();
        send(&world, &jobs, &bodies).await;
        jobs.release();
        jobs.drained().await.unwrap();
        assert_eq!(told(&world, "ended", 12).await.len(), 12);
        assert_eq!(world.pids("worker").len(), processes);
    }
}

#[tokio::test]
async fn a_group_is_handled_in_order_and_one_call_at_a_time() {
    let world = start(|_| {}).await;
    let jobs = jobs(&world);
    send(
        &world,
        &jobs,
        &["sleep 1 a", "do 2 a", "sleep 3 a", "do 4 a"],
    )
    .await;
    jobs.drained().await.unwrap();
    let expected = [
        "begun sleep 1 a, time 1",
        "ended sleep 1 a",
        "begun do 2 a, time 1",
        "ended do 2 a",
        "begun sleep 3 a, time 1",
        "ended sleep 3 a",
        "begun do 4 a, time 1",
        "ended do 4 a",
    ];
    assert_eq!(told(&world, "", 8).await, expected);
}

#[tokio::test]
async fn every_message_can_be_delivered_several_times_at_once() {
    let world = start(|_| {}).await;
    let jobs = jobs(&world);
    jobs.deliver_each(3);
    send(&world, &jobs, &["sleep a"]).await;
    jobs.drained().await.unwrap();
    let begun = told(&world, "begun", 3).await;
    assert_eq!(begun, ["begun sleep a, time 1"; 3]);
    assert_eq!(world.pids("worker").len(), 2, "beside each other");
    jobs.deliver_each(1);
    send(&world, &jobs, &["do b"]).await;
    jobs.drained().await.unwrap();
    assert_eq!(told(&world, "begun do b", 1).await.len(), 1);
}

#[tokio::test]
async fn the_sdk_sends_any_number() {
    let world = start(|_| {}).await;
    let (letters, jobs) = (world.queue("Letters").unwrap(), jobs(&world));
    for _ in ["new", "known"] {
        send(&world, &letters, &["send 25"]).await;
        letters.drained().await.unwrap();
        jobs.drained().await.unwrap();
        assert_eq!(told(&world, "begun sent", 25).await.len(), 25);
    }
    world.move_clock(Duration::from_mins(5)).await.unwrap();
    send(&world, &letters, &["send 25"]).await;
    letters.drained().await.unwrap();
    jobs.drained().await.unwrap();
    assert_eq!(
        told(&world, "begun sent", 50).await.len(),
        50,
        "new after five minutes"
    );
}

#[tokio::test]
async fn a_queue_that_is_not_enabled_keeps_its_messages() {
    let world = start(|options| {
        let parameters = &mut options.parameters;
        parameters.insert("Letterbox".into(), "false".into());
    })
    .await;
    let letters = world.queue("Letters").unwrap();
    send(&world, &letters, &["do a", "do b"]).await;
    assert_eq!(letters.bodies(), ["do a", "do b"]);
    let of = |request: Value| {
        let mut request = request;
        request["QueueUrl"] = letters.spec().url.clone().into();
        request
    };
    let request = of(json!({ "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 }));
    let (_, received) = sqs(&world, "ReceiveMessage", &request).await;
    let messages = received["Messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2);
    let counts = of(json!({ "AttributeNames": [
        "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
    ] }));
    let (_, told) = sqs(&world, "GetQueueAttributes", &counts).await;
    let expected = json!({
        "ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "2",
    });
    assert_eq!(told["Attributes"], expected);
    for message in messages {
        let delete = of(json!({ "ReceiptHandle": message["ReceiptHandle"] }));
        assert_eq!(
            sqs(&world, "DeleteMessage", &delete).await,
            (200, json!({}))
        );
    }
    assert_eq!(letters.depth(), Depth::default());
    let (_, nothing) = sqs(&world, "ReceiveMessage", &of(json!({}))).await;
    assert_eq!(nothing, json!({}));
}

#[tokio::test]
async fn sqs_refuses_in_its_own_words() {
    let world = start(|_| {}).await;
    let url = jobs(&world).spec().url.clone();
    let entry =
        |id: &str, body: &str| json!({ "Id": id, "MessageBody": body, "MessageGroupId": "a" });
    let batch = |entries: Vec<Value>| json!({ "QueueUrl": url, "Entries": entries });
    let half = "x".repeat(128 * 1024 + 1);
    let table = [
        (
            "no such queue",
            "SendMessage",
            json!({ "QueueUrl": "https://sqs.example/1/nobody", "MessageBody": "x" }),
            "QueueDoesNotExist",
        ),
        (
            "no group",
            "SendMessage",
            json!({ "QueueUrl": url, "MessageBody": "x" }),
            "MissingParameter",
        ),
        (
            "no entries",
            "SendMessageBatch",
            batch(vec![]),
            "EmptyBatchRequest",
        ),
        (
            "eleven",
            "SendMessageBatch",
            batch((0..11).map(|id| entry(&id.to_string(), "x")).collect()),
            "TooManyEntriesInBatchRequest",
        ),
        (
            "the same id twice",
            "SendMessageBatch",
            batch(vec![entry("a", "x"), entry("a", "y")]),
            "BatchEntryIdsNotDistinct",
        ),
        (
            "an id with a dot",
            "SendMessageBatch",
            batch(vec![entry("a.b", "x")]),
            "InvalidBatchEntryId",
        ),
        (
            "too long together",
            "SendMessageBatch",
            batch(vec![entry("a", &half), entry("b", &half)]),
            "BatchRequestTooLong",
        ),
        (
            "no receipt",
            "DeleteMessage",
            json!({ "QueueUrl": url, "ReceiptHandle": "x" }),
            "ReceiptHandleIsInvalid",
        ),
        (
            "too many at once",
            "ReceiveMessage",
            json!({ "QueueUrl": url, "MaxNumberOfMessages": 11 }),
            "InvalidParameterValue",
        ),
        (
            "what is not here",
            "CreateQueue",
            json!({}),
            "UnknownOperationException",
        ),
        (
            "not a request",
            "SendMessage",
            json!([]),
            "SerializationException",
        ),
    ];
    for (why, operation, request, code) in table {
        let (status, answer) = sqs(&world, operation, &request).await;
        let kind = format!("com.amazonaws.sqs#{code}");
        assert_eq!((status, &answer["__type"]), (400, &kind.into()), "{why}");
    }
    assert_eq!(jobs(&world).bodies(), [""; 0]);

    let mut entries = vec![entry("good", "do a"), entry("bad", "do b")];
    entries[1]["MessageGroupId"] = "not one word".into();
    let (status, answer) = sqs(&world, "SendMessageBatch", &batch(entries)).await;
    assert_eq!(status, 200);
    assert_eq!(answer["Successful"][0]["Id"], "good");
    assert_eq!(answer["Failed"][0]["Id"], "bad");
    assert_eq!(answer["Failed"][0]["Code"], "InvalidParameterValue");
    assert_eq!(answer["Failed"][0]["SenderFault"], true);
}

#[tokio::test]
async fn somebody_at_a_shell_sees_the_queues_and_moves_the_clock() {
    let world = start(|_| {}).await;
    let hand = world.start_schedules().await.unwrap();
    let jobs = jobs(&world);
    send(&world, &jobs, &["refuse a"]).await;
    jobs.drained().await.unwrap();
    let queues = client().get(format!("{hand}/queues")).send().await.unwrap();
    let queues: Value = queues.json().await.unwrap();
    let names: Vec<_> = queues
        .as_array()
        .unwrap()
        .iter()
        .map(|queue| &queue["name"])
        .collect();
    assert_eq!(
        names,
        ["local-DeadJobs.fifo", "local-Letters", "local-jobs.fifo"]
    );
    let expected = json!({
        "name": "local-jobs.fifo", "url": jobs.spec().url, "bodies": ["refuse a"],
        "visible": 0, "inFlight": 0, "waiting": 1, "delayed": 0,
    });
    assert_eq!(queues[2], expected);

    let move_clock = async |order: &str| {
        let request = client()
            .post(format!("{hand}/clock"))
            .body(order.to_owned());
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    for (order, offset) in [
        (r#"{"forward":"P1D"}"#, 86_400_000),
        (r#"{"forward":60}"#, 86_460_000),
    ] {
        let (status, answer) = move_clock(order).await;
        assert_eq!(
            (status, &answer["offsetMs"]),
            (200, &offset.into()),
            "{order}"
        );
        let ticked = answer["ticked"].as_array().unwrap();
        assert_eq!(
            ticked.len(),
            1,
            "what is disabled or by calendar does not: {answer}"
        );
        assert_eq!(ticked[0]["schedule"], "local-clockwork");
        assert_eq!(ticked[0]["answer"]["event"]["source"], "aws.scheduler");
        jobs.drained().await.unwrap();
    }
    assert_eq!(jobs.dead_letters(), ["refuse a"], "its time came twice");
    for order in [
        "",
        r#"{"forward":"P1M"}"#,
        r#"{"forward":-1}"#,
        r#"{"back":1}"#,
    ] {
        assert_eq!(move_clock(order).await.0, 400, "{order}");
    }
    let (status, answer) = move_clock(r#"{"forward":"P9999999D"}"#).await;
    assert_eq!(status, 502, "{answer}");

    let tick = client().post(format!("{hand}/tick/clockwork"));
    let answer = tick.body(r#"{"shard":3}"#).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["event"], json!({ "shard": 3 }));
    let answer = world
        .tick_with("clockwork", &json!({ "shard": 4 }))
        .await
        .unwrap();
    assert_eq!(answer["event"], json!({ "shard": 4 }));
}
