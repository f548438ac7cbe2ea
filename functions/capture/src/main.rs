//! Captures: take money that a card payment has authorised.

use doku_shared::http::{ProblemCode, serve};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("capture", |_, _| {
        Box::pin(async { Err(ProblemCode::NotFound.into()) })
    })
    .await
}
