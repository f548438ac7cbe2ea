//! Answers in every shape that DOKU's documents show are read, through the whole stack.

mod auth_codes;
mod members;
mod story;
mod times;

use serde_json::json;

use crate::support::Shop;
use story::story;

#[tokio::test]
async fn a_success_is_one_in_every_documented_form() {
    let shop = Shop::open().await;
    let settings = shop.doku.settings().await;
    let everything = json!({
        "successHttpStatus": 201, "responseCodeAsInteger": true, "otpCodeAsInteger": true,
        "refundSucceedsAsBinding": true, "unbindingAsStandard": true, "times": "zoneless",
        "bindingStatusAsAccountStatus": true, "authCodeAsInteger": true,
    });
    // Settings of DOKU's, and the code that a refund succeeds with.
    let table = [
        ("as most pages say", json!({}), "2005800"),
        ("200", json!({"successHttpStatus": 200}), "2005800"),
        ("201", json!({"successHttpStatus": 201}), "2005800"),
        (
            "codes as numbers",
            json!({"responseCodeAsInteger": true}),
            "2005800",
        ),
        (
            "an OTP's code as a number",
            json!({"otpCodeAsInteger": true}),
            "2005800",
        ),
        (
            "a refund as a binding",
            json!({"refundSucceedsAsBinding": true}),
            "2000700",
        ),
        (
            "unbinding as an account's",
            json!({"unbindingAsStandard": true}),
            "2005800",
        ),
        (
            "accountStatus",
            json!({"bindingStatusAsAccountStatus": true}),
            "2005800",
        ),
        (
            "times without a zone",
            json!({"times": "zoneless"}),
            "2005800",
        ),
        ("times in UTC", json!({"times": "utc"}), "2005800"),
        (
            "a code as a number",
            json!({"authCodeAsInteger": true}),
            "2005800",
        ),
        (
            "a code as a float",
            json!({"authCodeAsFloat": true}),
            "2005800",
        ),
        ("all of them", everything, "2000700"),
    ];
    for (why, change, refund_code) in table {
        shop.doku.order("settings", change).await;
        let told = story(&shop, why).await;
        assert_eq!(told.otp_code, "2000400", "{why}");
        assert_eq!(told.refund_code, refund_code, "{why}");
        shop.doku.order("settings", settings.clone()).await;
    }
    shop.doku.saw_no_violation().await;
}
