//! Keeps the bundle running, and prints what is needed to talk to it.

use std::time::Duration;

use local::{Options, World};

use super::paint::Paint;
use super::{
    CUSTOMER, CUSTOMER_SCOPES, MERCHANT_SCOPES, RIGHT_OTP, Surprise, allow_own_shop, customer,
};

/// Serves until Ctrl-C or SIGTERM.
pub async fn run(mut options: Options) -> Result<(), Surprise> {
    allow_own_shop(&mut options);
    let world = World::start(options).await?;
    let hand = world.start_schedules().await?;
    print(&world, &hand);
    wait_for_the_end().await;
    println!("\nEnding the functions …");
    world.shutdown().await;
    Ok(())
}

async fn wait_for_the_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            // Without the handler SIGTERM ends the process as always.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

fn print(world: &World, hand: &str) {
    let paint = Paint::for_stdout();
    println!("{}", paint.title("The bundle is running. Ctrl-C ends it."));
    println!("   API          {}", world.base_url());
    println!("   DOKU         {} (simulator)", world.simulator_url());
    println!("   its ledger   {}/admin/ledger", world.simulator_url());
    println!("   its calls    {}/admin/calls", world.simulator_url());
    println!(
        "   DynamoDB     {} (table {})",
        world.dynamodb_url(),
        world.table_name()
    );
    for (name, rate) in world.schedules() {
        println!("   schedule     {name}, {}", pace(rate));
    }
    for queue in world.queues() {
        println!("   queue        {}", queue.spec().name);
    }
    println!("   in queues    {hand}/queues");
    println!(
        "   clock        {}/admin/clock; POST {hand}/clock moves it and lets schedules tick",
        world.simulator_url()
    );
    println!(
        "\n{}",
        paint.title("For a shell: addresses and tokens (good for twelve hours)")
    );
    println!("{}", variables(world, hand));
    println!(
        "   {}",
        paint.dim("MERCHANT carries the scope merchant, CUSTOMER the claim customer_id of {customer}: with neither, 403.".replace("{customer}", CUSTOMER))
    );
    println!(
        "\n{}",
        paint.title("Link an account, agree as the customer, charge it, confirm")
    );
    println!("{}", filled_in(BY_ACCOUNT));
    println!(
        "\n   {}",
        paint.dim("Instead of the two form posts you can open $PAGE in a browser.")
    );
    println!(
        "\n{}",
        paint.title("Link an account from the customer's app, which confirms after the return")
    );
    println!("{}", filled_in(BY_APP));
    println!(
        "\n{}",
        paint.title(
            "Hold money on a card, pay as its holder, capture a part; save the card; refund"
        )
    );
    println!("{}", filled_in(BY_CARD));
    println!(
        "\n   {}",
        paint.dim("$PAGE is for a browser too, and lists the test cards.")
    );
    println!(
        "\n{}",
        paint.title("Let six days pass: every schedule ticks once by it; or let one tick now")
    );
    println!("{HOLD_AND_LEAVE}");
    for (name, _) in world.schedules() {
        println!("curl -s -X POST \"$HAND/tick/{name}\"; echo");
    }
    println!("{LOOK}");
}

fn filled_in(commands: &str) -> String {
    let pairs = [
        ("{customer}", CUSTOMER),
        ("{otp}", RIGHT_OTP),
        ("{number}", customer::GOOD.number),
        ("{expiry}", customer::EXPIRY),
        ("{holder}", customer::HOLDER),
        ("{cvv}", customer::SECURITY_CODE),
    ];
    let fill = |text: String, (place, value): (&str, &str)| text.replace(place, value);
    pairs.into_iter().fold(commands.to_owned(), fill)
}

/// How often a schedule ticks, in words.
fn pace(rate: Option<Duration>) -> String {
    match rate.map(|rate| rate.as_secs() / 60) {
        None => "only by hand".to_owned(),
        Some(1) => "every minute".to_owned(),
        Some(minutes) => format!("every {minutes} minutes"),
    }
}

fn variables(world: &World, hand: &str) -> String {
    format!(
        "API={}\nDOKU={}\nHAND={hand}\nMERCHANT={}\nCUSTOMER={}",
        world.base_url(),
        world.simulator_url(),
        world.token("merchant-backend", None, MERCHANT_SCOPES),
        world.token("shop-app", Some(CUSTOMER), CUSTOMER_SCOPES),
    )
}

/// Each block can be pasted as it stands. `field` is all the JSON reading they need.
const BY_ACCOUNT: &str = r#"field() { sed -n 's/.*"'$1'":"\([^"]*\)".*/\1/p'; }

LINK=$(curl -s "$API/v1/bindings" -H "Authorization: Bearer $MERCHANT" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: link-$(date +%s)" \
  -d '{"customer":{"id":"{customer}","phone":"6281234567890"},"channel":"DIRECT_DEBIT_CIMB_SNAP","returnUrl":"https://shop.example/linked"}')
BINDING=$(echo "$LINK" | field bindingId); PAGE=$(echo "$LINK" | field url); echo "$LINK"

curl -s -o /dev/null "$PAGE" -d action=send
RETURN=$(curl -s -o /dev/null -w '%{redirect_url}' "$PAGE" -d 'action=confirm&otp={otp}')
curl -s -o /dev/null -w '%{http_code} %{redirect_url}\n' "$RETURN"

PAYMENT=$(curl -s "$API/v1/payments" -H "Authorization: Bearer $MERCHANT" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: pay-$(date +%s)" \
  -d '{"invoiceNumber":"INV-'$(date +%s)'","amount":{"value":"10000.00","currency":"IDR"},"method":{"type":"direct_debit","bindingId":"'$BINDING'"},"returnUrl":"https://shop.example/paid"}')
ID=$(echo "$PAYMENT" | field paymentId); echo "$PAYMENT"

curl -s "$API/v1/payments/$ID/otp" -H "Authorization: Bearer $CUSTOMER" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: otp-$(date +%s)" -d '{"otp":"{otp}"}'; echo
curl -s "$API/v1/payments/$ID" -H "Authorization: Bearer $CUSTOMER"; echo"#;

/// What a customer's app asks for waits after the return: see `ConfirmBindings`.
const BY_APP: &str = r#"LINK=$(curl -s "$API/v1/bindings" -H "Authorization: Bearer $CUSTOMER" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: app-link-$(date +%s)" \
  -d '{"customer":{"id":"{customer}","phone":"6281234567890"},"channel":"DIRECT_DEBIT_CIMB_SNAP","returnUrl":"shopapp://linked","relink":true}')
BINDING=$(echo "$LINK" | field bindingId); PAGE=$(echo "$LINK" | field url)

curl -s -o /dev/null "$PAGE" -d action=send
RETURN=$(curl -s -o /dev/null -w '%{redirect_url}' "$PAGE" -d 'action=confirm&otp={otp}')
CODE=$(curl -s -D - -o /dev/null "$RETURN" | sed -n 's/.*returnCode=\([^&[:space:]]*\).*/\1/p')
curl -s "$API/v1/bindings/$BINDING/confirm" -H "Authorization: Bearer $CUSTOMER" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: confirm-$(date +%s)" -d '{"returnCode":"'$CODE'"}'; echo"#;

/// `open_page METHOD` asks for a card page, `pay_page` fills it in; DOKU's notification follows at once.
/// A bank gives a part back only once it has paid out, which the second order to DOKU makes it do.
const BY_CARD: &str = r#"open_page() {
  INVOICE=CARD-$(date +%s)
  PAYMENT=$(curl -s "$API/v1/payments" -H "Authorization: Bearer $MERCHANT" \
    -H 'Content-Type: application/json' -H "Idempotency-Key: pay-$INVOICE" \
    -d '{"invoiceNumber":"'$INVOICE'","amount":{"value":"90000.00","currency":"IDR"},"customer":{"id":"{customer}","email":"anton@example.com"},"method":{"type":"card",'"$1"'}}')
  ID=$(echo "$PAYMENT" | field paymentId); PAGE=$(echo "$PAYMENT" | field url); echo "$PAYMENT"
}
pay_page() {
  curl -s -o /dev/null -w 'the page answered %{http_code}\n' "$PAGE" -d "action=pay&number={number}&cvv={cvv}&save=$1" \
    --data-urlencode 'expiry={expiry}' --data-urlencode 'holder={holder}'
  sleep 1
}

open_page '"paymentType":"AUTHORIZE","saveCard":true'; pay_page yes

curl -s "$API/v1/payments/$ID/capture" -H "Authorization: Bearer $MERCHANT" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: capture-$(date +%s)" \
  -d '{"amount":{"value":"60000.00","currency":"IDR"}}'; echo
curl -s "$DOKU/admin/cards/settle" -d '{"invoiceNumber":"'$INVOICE'"}'; echo
curl -s "$API/v1/payments/$ID/refunds" -H "Authorization: Bearer $MERCHANT" \
  -H 'Content-Type: application/json' -H "Idempotency-Key: refund-$(date +%s)" \
  -d '{"amount":{"value":"15000.00","currency":"IDR"}}'; echo

CARDS=$(curl -s "$API/v1/customers/{customer}/cards" -H "Authorization: Bearer $CUSTOMER")
CARD=$(echo "$CARDS" | field tokenId); echo "$CARDS"
open_page '"paymentType":"SALE","cardTokenId":"'$CARD'"'; pay_page
curl -s "$API/v1/payments/$ID" -H "Authorization: Bearer $CUSTOMER"; echo
curl -s -X DELETE "$API/v1/customers/{customer}/cards/$CARD" -H "Authorization: Bearer $CUSTOMER" \
  -H "Idempotency-Key: forget-$(date +%s)"; echo"#;

/// Six days: an authorisation that is not captured is then due.
const HOLD_AND_LEAVE: &str = r#"open_page '"paymentType":"AUTHORIZE"'; pay_page
curl -s "$HAND/clock" -d '{"forward":"P6D"}'; echo"#;

const LOOK: &str = r#"curl -s "$HAND/queues"; echo
curl -s "$API/v1/payments/$ID/events" -H "Authorization: Bearer $CUSTOMER"; echo"#;
