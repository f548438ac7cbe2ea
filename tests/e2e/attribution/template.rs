//! What the template lets out of it: onto the bus, and into the access log.

use local::Options;

/// The template as it is deployed.
fn template() -> String {
    std::fs::read_to_string(Options::default().template).unwrap()
}

#[test]
fn the_bus_gets_actor_and_cause() {
    let template = template();
    for path in [
        "actor.M.kind.S",
        "actor.M.subject.S",
        "actor.M.customerId.S",
        "cause.S",
        "requestedBy.M.kind.S",
        "requestedBy.M.subject.S",
        "requestedBy.M.customerId.S",
    ] {
        let path = format!("<$.dynamodb.NewImage.{path}>");
        assert!(template.contains(&path), "{path}");
    }
}

/// Everything else that the gateway knows is the caller's: paths, queries, addresses, claims.
#[test]
fn the_access_log_holds_nothing_personal() {
    let template = template();
    let (_, settings) = template.split_once("AccessLogSettings:").unwrap();
    let (settings, _) = settings.split_once("\n\n").unwrap();
    let words = settings.split("$context.").skip(1);
    let variables: Vec<_> = words.map(|word| word.split('"').next().unwrap()).collect();
    assert_eq!(
        variables,
        [
            "requestTime",
            "requestId",
            "routeKey",
            "status",
            "responseLength",
            "responseLatency",
            "integrationLatency",
            "integrationStatus",
            "integrationErrorMessage",
            "authorizer.error",
            "error.responseType",
        ]
    );
}
