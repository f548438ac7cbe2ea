//! A function that does what its path says. The crate's own tests run it instead of the bundle's.

use std::time::Duration;

use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handle)).await
}

/// `/v1/payments/{what}`: `sleep`, `die`, `fail`; anything else answers what it was asked.
async fn handle(request: Request) -> Result<Response<Body>, Error> {
    eprintln!("handling {}", request.raw_http_path());
    match request
        .raw_http_path()
        .rsplit('/')
        .next()
        .unwrap_or_default()
    {
        "sleep" => tokio::time::sleep(Duration::from_millis(700)).await,
        "forever" => std::future::pending().await,
        "die" => std::process::exit(3),
        "fail" => return Err("asked to fail".into()),
        _ => {}
    }
    let environment: Vec<_> = std::env::vars()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let context = format!("{:?}", request.request_context());
    let echo = format!(
        "pid {}\nbody {:?}\ncontext {context}\n{}",
        std::process::id(),
        request.body(),
        environment.join("\n")
    );
    Ok(Response::builder()
        .status(200)
        .header("set-cookie", "a=1")
        .body(Body::Text(echo))?)
}
