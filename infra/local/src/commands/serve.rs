//! Keeps the bundle running, and prints what is needed to talk to it.

use std::time::Duration;

use local::{Options, World};

use super::paint::Paint;
use super::{CUSTOMER, CUSTOMER_SCOPES, MERCHANT_SCOPES, RIGHT_OTP, Surprise};

/// Serves until Ctrl-C or SIGTERM.
pub async fn run(options: Options) -> Result<(), Surprise> {
    let world = World::start(options).await?;
    let schedules = world.start_schedules().await?;
    print(&world, &schedules);
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

fn print(world: &World, schedules: &str) {
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
    println!(
        "\n{}",
        paint.title("For a shell: addresses and tokens (good for twelve hours)")
    );
    println!("{}", variables(world, schedules));
    println!(
        "\n{}",
        paint.title("Link an account, agree as the customer, charge it, confirm")
    );
    println!(
        "{}",
        COMMANDS
            .replace("{customer}", CUSTOMER)
            .replace("{otp}", RIGHT_OTP)
    );
    println!(
        "\n   {}",
        paint.dim("Instead of the two form posts you can open $PAGE in a browser.")
    );
    println!(
        "\n{}",
        paint.title("Let six days pass, and do now what a schedule would do within its time")
    );
    println!("{MOVE_CLOCK}");
    for (name, _) in world.schedules() {
        println!("curl -s -X POST \"$TICK/{name}\"; echo");
    }
}

/// How often a schedule ticks, in words.
fn pace(rate: Option<Duration>) -> String {
    match rate.map(|rate| rate.as_secs() / 60) {
        None => "only by hand".to_owned(),
        Some(1) => "every minute".to_owned(),
        Some(minutes) => format!("every {minutes} minutes"),
    }
}

fn variables(world: &World, schedules: &str) -> String {
    format!(
        "API={}\nDOKU={}\nTICK={schedules}/tick\nMERCHANT={}\nCUSTOMER={}",
        world.base_url(),
        world.simulator_url(),
        world.token("merchant-backend", None, MERCHANT_SCOPES),
        world.token("shop-app", Some(CUSTOMER), CUSTOMER_SCOPES),
    )
}

/// Each block can be pasted as it stands. `field` is all the JSON reading they need.
const COMMANDS: &str = r#"field() { sed -n 's/.*"'$1'":"\([^"]*\)".*/\1/p'; }

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

/// Six days: an authorisation that is not captured is then due.
const MOVE_CLOCK: &str = r#"curl -s "$DOKU/admin/clock" -H 'Content-Type: application/json' -d '{"advanceMs":518400000}'; echo"#;
