//! A function that does nothing: what `cargo measure` holds the others against.
//!
//! It is an example of this package because it then links `lambda_http` and `tokio` with exactly the
//! features and the profile that a function has, and nothing else.

use lambda_http::{Body, Error, Request, Response, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_: Request| {
        Ok::<_, Error>(Response::new(Body::Empty))
    }))
    .await
}
