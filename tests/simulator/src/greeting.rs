//! What the program prints once it serves.

use std::fmt::Write;

use doku_simulator::Config;

use crate::arguments::MadeUp;

/// The address, the credentials it expects, and where to look next.
pub fn text(base_url: &str, config: &Config, made_up: &MadeUp) -> String {
    let mut text = format!(
        "DOKU simulator on {base_url}\n\
         \n\
         Serves      direct debit and wallets (CIMB, BRI, Allo, Mandiri, OVO, DANA, ShopeePay),\n\
         \x20           cards, BRI's recurring charges, check status, the customer's pages\n\
         Client id   {}\n",
        config.client_id
    );
    // Writing to a String cannot fail.
    if made_up.secret {
        let _ = writeln!(
            text,
            "Secret key  {} (made up for this run)",
            config.secret_key
        );
    } else {
        text.push_str("Secret key  the one in the file given\n");
    }
    match &config.merchant_base_url {
        Some(url) => {
            let _ = writeln!(text, "Notifies    {url}{}", config.notification_path);
            let _ = writeln!(
                text,
                "            {url}{} (cards)",
                config.card_notification_path
            );
            let _ = writeln!(text, "Tokens from {url}{}", config.token_path);
        }
        None => text.push_str("Notifies    nobody yet: POST /admin/merchant {\"baseUrl\":\"…\"}\n"),
    }
    if let Some(key) = &made_up.merchant_private {
        let _ = write!(
            text,
            "\nSign token requests with this throw-away private key:\n\n{key}"
        );
    }
    if let Some(key) = &made_up.doku_public {
        let _ = write!(text, "\nRegister this as DOKU's public key:\n\n{key}");
    }
    let _ = write!(
        text,
        "\nThe OTP is 111000.\n\
         The test cards are on every card page.\n\
         Look at     curl {base_url}/admin/ledger\n\
         Stop with   Ctrl-C\n"
    );
    text
}
