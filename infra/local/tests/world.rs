//! A world around a function that only echoes: what the gateway and the Runtime API do.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers outside #[test] functions are tests too

mod support;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use local::lambda::InvokeError;
use local::{Options, State, TickError, World};
use serde_json::{Value, json};
use support::{client, options, start};

/// Asks `/v1/payments/{what}` with a merchant's token.
async fn ask(world: &World, what: &str) -> (u16, String) {
    let answer = client()
        .get(format!("{}/v1/payments/{what}", world.base_url()))
        .bearer_auth(world.token("shop", None, "payments:read"))
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn message(text: &str) -> (u16, String) {
    let status = match text {
        "Service Unavailable" => 503,
        _ => 500,
    };
    (status, json!({ "message": text }).to_string())
}

#[tokio::test]
async fn a_request_reaches_the_function_as_an_event_and_its_answer_comes_back() {
    let world = start(|_| {}).await;
    let answer = client()
        .post(format!("{}/v1/payments", world.base_url()))
        .bearer_auth(world.token("shop", Some("cust-1"), "payments:write"))
        .json(&json!({ "a": 1 }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["set-cookie"], "a=1");
    let body = answer.text().await.unwrap();
    assert!(body.contains(r#"Text("{\"a\":1}")"#), "{body}");
    assert!(
        body.contains(r#""customer_id": "cust-1""#),
        "the claims are passed on: {body}"
    );
}

#[tokio::test]
async fn the_environment_is_the_templates_and_nothing_else_leaks_in() {
    let world = start(|_| {}).await;
    let (_, body) = ask(&world, "environment").await;
    for expected in [
        "TABLE_NAME=local-PaymentsTable".to_owned(),
        format!("PUBLIC_BASE_URL={}", world.base_url()),
        format!("AWS_ENDPOINT_URL_DYNAMODB={}", world.dynamodb_url()),
        format!("CLOCK_OFFSET_FILE={}", world.clock_offset_file().display()),
        "AWS_LAMBDA_FUNCTION_NAME=echo".to_owned(),
    ] {
        assert!(
            body.lines().any(|line| line == expected),
            "{expected} in {body}"
        );
    }
    for absent in [
        "CARGO",
        "HOME=",
        "USER=",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "LAMBDA_TASK_ROOT",
    ] {
        assert!(
            !body.lines().any(|line| line.starts_with(absent)),
            "{absent} in {body}"
        );
    }
}

#[tokio::test]
async fn the_gateway_refuses_by_itself() {
    let world = start(|_| {}).await;
    let merchant = world.token("shop", None, "payments:write");
    let refunder = world.token("shop", None, "refunds:write");
    let table = [
        (
            "no token",
            "POST",
            "/v1/payments",
            None,
            401,
            "Unauthorized",
        ),
        (
            "a bad token",
            "POST",
            "/v1/payments",
            Some("x.y.z"),
            401,
            "Unauthorized",
        ),
        ("no such route", "GET", "/nowhere", None, 404, "Not Found"),
        (
            "no such method",
            "PUT",
            "/v1/payments",
            Some(&*merchant),
            404,
            "Not Found",
        ),
        (
            "without the scope",
            "POST",
            "/scoped",
            Some(&*merchant),
            403,
            "Forbidden",
        ),
    ];
    for (why, method, path, token, status, message) in table {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = client().request(method, format!("{}{path}", world.base_url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{why}");
        assert_eq!(
            answer.json::<Value>().await.unwrap(),
            json!({ "message": message }),
            "{why}"
        );
    }
    assert!(
        world.pids("echo").is_empty(),
        "no function was started for any of this"
    );
    for (path, token) in [("/open", None), ("/scoped", Some(&refunder))] {
        let mut request = client().post(format!("{}{path}", world.base_url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn a_body_over_ten_megabytes_is_refused() {
    let world = start(|_| {}).await;
    let answer = client()
        .post(format!("{}/open", world.base_url()))
        .body(vec![b'x'; 10 * 1024 * 1024 + 1])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);
}

#[tokio::test]
async fn a_warm_process_is_used_again_and_a_busy_one_is_not() {
    let world = start(|_| {}).await;
    ask(&world, "a").await;
    let first = world.pids("echo");
    assert_eq!(first.len(), 1);
    ask(&world, "b").await;
    assert_eq!(world.pids("echo"), first);
    tokio::join!(ask(&world, "sleep"), ask(&world, "sleep"));
    assert_eq!(world.pids("echo").len(), 2);
}

#[tokio::test]
async fn above_the_cap_requests_wait_their_turn() {
    let world = start(|options| options.instances_per_function = 2).await;
    let began = Instant::now();
    let answers = tokio::join!(
        ask(&world, "sleep"),
        ask(&world, "sleep"),
        ask(&world, "sleep"),
        ask(&world, "sleep")
    );
    assert!(
        [answers.0, answers.1, answers.2, answers.3]
            .iter()
            .all(|answer| answer.0 == 200)
    );
    assert_eq!(world.pids("echo").len(), 2);
    assert!(
        began.elapsed() >= Duration::from_millis(1400),
        "two rounds of two"
    );
}

#[tokio::test]
async fn a_process_that_dies_fails_its_invocation_and_is_replaced() {
    let world = start(|_| {}).await;
    assert_eq!(ask(&world, "die").await, message("Internal Server Error"));
    assert_eq!(ask(&world, "again").await.0, 200);
    assert!(
        world
            .logs_text()
            .contains("the process ended: exit status: 3"),
        "{}",
        world.logs_text()
    );
}

#[tokio::test]
async fn a_function_that_answers_with_an_error_is_500_and_stays() {
    let world = start(|_| {}).await;
    assert_eq!(ask(&world, "fail").await, message("Internal Server Error"));
    let before = world.pids("echo");
    assert_eq!(ask(&world, "again").await.0, 200);
    assert_eq!(world.pids("echo"), before);
}

#[tokio::test]
async fn a_killed_process_fails_its_invocation_and_is_replaced() {
    let world = start(|_| {}).await;
    let (answer, killed) = tokio::join!(ask(&world, "forever"), async {
        while world.busy_pids("echo").is_empty() || !world.logs_text().contains("forever") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.kill_busy("echo").await
    });
    assert_eq!((answer, killed), (message("Internal Server Error"), 1));
    assert!(world.pids("echo").is_empty());
    assert_eq!(ask(&world, "again").await.0, 200);
}

#[tokio::test]
async fn a_function_over_its_timeout_is_killed() {
    let slow = std::fs::read_to_string(options().template)
        .unwrap()
        .replace("Timeout: 28", "Timeout: 1");
    let directory = tempfile::tempdir().unwrap();
    let template: PathBuf = directory.path().join("template.yaml");
    std::fs::write(&template, slow).unwrap();
    let world = start(|options| options.template = template).await;
    let began = Instant::now();
    assert_eq!(
        ask(&world, "forever").await,
        message("Internal Server Error")
    );
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(world.pids("echo").is_empty());
}

#[tokio::test]
async fn an_invocation_goes_on_when_the_caller_hangs_up() {
    let world = start(|_| {}).await;
    ask(&world, "warm").await;
    let hung_up = tokio::time::timeout(Duration::from_millis(200), ask(&world, "sleep")).await;
    assert!(hung_up.is_err());
    let pids = world.busy_pids("echo");
    assert_eq!(pids.len(), 1, "it still works on it");
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(world.busy_pids("echo").is_empty());
    assert_eq!(world.pids("echo"), pids, "and is warm again");
}

#[tokio::test]
async fn dropping_a_world_ends_its_processes() {
    let world = start(|_| {}).await;
    ask(&world, "a").await;
    let pid = world.pids("echo")[0];
    assert!(is_alive(pid));
    drop(world);
    for _ in 0..100 {
        if !is_alive(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("process {pid} is still there");
}

/// A process that has ended but was not yet collected (state Z) does not count.
fn is_alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start()
            .starts_with('Z')
    })
}

#[tokio::test]
async fn many_worlds_do_not_meet() {
    let (one, two) = tokio::join!(start(|_| {}), start(|_| {}));
    assert_ne!(one.base_url(), two.base_url());
    assert_ne!(
        one.secrets().field("clientId"),
        two.secrets().field("clientId")
    );
    let (first, second) = tokio::join!(ask(&one, "a"), ask(&two, "a"));
    assert_eq!((first.0, second.0), (200, 200));
}

#[tokio::test]
async fn a_used_port_is_a_clear_sentence() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = World::start(Options {
        port: Some(port),
        ..options()
    })
    .await
    .err()
    .unwrap();
    assert_eq!(
        error.to_string(),
        format!("port {port} is already in use: stop what uses it or choose another with --port")
    );
}

/// Asks the world's database.
async fn database(world: &World, action: &str, mut body: Value) -> Value {
    body["TableName"] = world.table_name().into();
    let answer = client()
        .post(world.dynamodb_url())
        .header("x-amz-target", format!("DynamoDB_20120810.{action}"))
        .header("content-type", "application/x-amz-json-1.0")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=local/20261120/ap-southeast-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
        .header("x-amz-date", "20261120T000000Z")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{action}");
    answer.json().await.unwrap()
}

/// Puts an item that is due at 9 and one that is due at 10, and says what the index has for 9.
async fn due(world: &World) -> Value {
    for at in ["9", "10"] {
        let item = json!({
            "pk": { "S": at }, "sk": { "S": "#" },
            "duePartition": { "S": "DUE" }, "dueAt": { "N": at },
        });
        database(world, "PutItem", json!({ "Item": item })).await;
    }
    let query = json!({
        "IndexName": "due",
        "KeyConditionExpression": "duePartition = :partition AND dueAt <= :now",
        "ExpressionAttributeValues": { ":partition": { "S": "DUE" }, ":now": { "N": "9" } },
    });
    database(world, "Query", query).await["Items"].clone()
}

#[tokio::test]
async fn the_table_is_the_templates() {
    let world = start(|_| {}).await;
    let description = database(&world, "DescribeTable", json!({})).await;
    assert_eq!(
        description["Table"]["KeySchema"][1]["AttributeName"], "sk",
        "{description}"
    );
    assert_eq!(
        description["Table"]["GlobalSecondaryIndexes"][0]["IndexName"],
        "owner"
    );
    // But for the stream, which nobody reads here.
    assert_eq!(description["Table"]["StreamSpecification"], Value::Null);
    let found = due(&world).await;
    assert_eq!(
        found.as_array().unwrap().len(),
        1,
        "numbers, not text: {found}"
    );
    assert_eq!(found[0]["dueAt"]["N"], "9");
}

#[tokio::test]
async fn a_table_kept_from_before_gets_the_indexes_that_are_new() {
    let directory = tempfile::tempdir().unwrap();
    let fixture = std::fs::read_to_string(options().template).unwrap();
    let (before, index) = fixture.split_once("        - IndexName: due\n").unwrap();
    let after = index.split_once("KEYS_ONLY }\n").unwrap().1;
    let without: String = format!("{before}{after}")
        .lines()
        .filter(|line| !line.contains("AttributeName: due"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let older = directory.path().join("older.yaml");
    std::fs::write(&older, without).unwrap();
    let state = State::File(directory.path().join("state.db"));

    let world = start(|options| {
        options.template = older;
        options.state = state.clone();
    })
    .await;
    let indexes = |description: &Value| {
        let indexes = description["Table"]["GlobalSecondaryIndexes"].as_array();
        indexes.unwrap().len()
    };
    let description = database(&world, "DescribeTable", json!({})).await;
    assert_eq!(indexes(&description), 1);
    let item = json!({ "pk": { "S": "kept" }, "sk": { "S": "#" } });
    database(&world, "PutItem", json!({ "Item": item })).await;
    world.shutdown().await;

    for _ in ["the index is made", "the index is there"] {
        let world = start(|options| options.state = state.clone()).await;
        let description = database(&world, "DescribeTable", json!({})).await;
        assert_eq!(indexes(&description), 2);
        assert_eq!(due(&world).await.as_array().unwrap().len(), 1);
        let key = json!({ "pk": { "S": "kept" }, "sk": { "S": "#" } });
        let kept = database(&world, "GetItem", json!({ "Key": key })).await;
        assert_eq!(kept["Item"]["pk"]["S"], "kept");
        world.shutdown().await;
    }
}

#[tokio::test]
async fn a_schedule_hands_its_event_to_the_function() {
    let world = start(|_| {}).await;
    let mut pids = Vec::new();
    for name in ["local-clockwork", "ClockworkFunction", "clockwork"] {
        let answer = world.tick(name).await.unwrap();
        let event = &answer["event"];
        assert_eq!(event["source"], "aws.scheduler", "{name}: {event}");
        assert_eq!(event["detail-type"], "Scheduled Event");
        assert_eq!(event["detail"], "{}", "text, not an object");
        let arn = "arn:aws:scheduler:ap-southeast-1:000000000000:schedule/default/local-clockwork";
        assert_eq!(event["resources"], json!([arn]));
        assert!(event["time"].as_str().unwrap().ends_with('Z'), "{event}");
        pids.push(answer["pid"].clone());
    }
    assert_eq!(pids[0], pids[2], "a warm process is used again");
    let answer = world.tick("ClockworkFunctionSlow").await.unwrap();
    assert_eq!(
        answer["event"],
        json!({ "do": "sleep" }),
        "the template's own input"
    );
}

#[tokio::test]
async fn two_ticks_at_once_run_beside_each_other() {
    let world = start(|_| {}).await;
    let tick = || world.tick("ClockworkFunctionSlow");
    let (one, other) = tokio::join!(tick(), tick());
    assert_ne!(one.unwrap()["pid"], other.unwrap()["pid"]);
    assert_eq!(world.pids("clockwork").len(), 2);
}

#[tokio::test]
async fn a_tick_that_fails_says_why() {
    let world = start(|_| {}).await;
    let failed = world.tick("fails").await.unwrap_err();
    assert!(
        matches!(&failed, TickError::Function(InvokeError::Failed(_))),
        "{failed}"
    );
    assert!(failed.to_string().contains("asked to fail"), "{failed}");
    let died = world.tick("dies").await.unwrap_err();
    assert!(
        matches!(died, TickError::Function(InvokeError::Died)),
        "{died}"
    );
    let nobody = world.tick("echo").await.unwrap_err();
    assert_eq!(nobody.to_string(), "the template has no schedule echo");
    assert!(
        world.tick("clockwork").await.is_ok(),
        "and the next one works"
    );
}

#[tokio::test]
async fn a_schedule_can_be_made_to_tick_over_http() {
    let world = start(|_| {}).await;
    let address = world.start_schedules().await.unwrap();
    let table = [
        ("clockwork", 200, r#""source":"aws.scheduler""#),
        ("fails", 502, "asked to fail"),
        (
            "nothing",
            404,
            r#"{"message":"the template has no schedule nothing"}"#,
        ),
    ];
    for (name, status, text) in table {
        let request = client().post(format!("{address}/tick/{name}"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}");
        let body = answer.text().await.unwrap();
        assert!(body.contains(text), "{name}: {body}");
    }
}

#[tokio::test]
async fn the_simulator_is_where_the_functions_look_for_doku() {
    let world = start(|options| options.simulator = true).await;
    let (_, body) = ask(&world, "environment").await;
    let expected = format!("DOKU_BASE_URL={}", world.simulator_url());
    assert!(
        body.lines().any(|line| line == expected),
        "{expected} in {body}"
    );
    let clock = client()
        .get(format!("{}/admin/clock", world.simulator_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(clock.json::<Value>().await.unwrap()["offsetMs"], 0);
}
