//! The command line, and the credentials made up for what it leaves out.

use std::error::Error;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Parser;
use doku_simulator::{Config, keys};

/// A strict simulator of DOKU: direct debit and wallets, cards, check status and notifications.
#[derive(Parser)]
#[command(name = "doku-simulator", version)]
pub struct Arguments {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// The merchant's client id
    #[arg(long, default_value = "BRN-0000-TESTONLY00001")]
    client_id: String,
    /// File with the merchant's secret key; a throw-away one is made up without it
    #[arg(long, value_name = "FILE")]
    secret_key: Option<PathBuf>,
    /// File with the merchant's public key (PEM); a throw-away pair is made up without it
    #[arg(long, value_name = "FILE")]
    merchant_public_key: Option<PathBuf>,
    /// File with DOKU's own private key (PEM, PKCS#8); a throw-away pair is made up without it
    #[arg(long, value_name = "FILE")]
    doku_private_key: Option<PathBuf>,
    /// Where the merchant answers, e.g. <http://127.0.0.1:3000>; without it nothing is notified
    #[arg(long, value_name = "URL")]
    merchant_url: Option<String>,
    /// Path of the merchant's notification endpoint
    #[arg(long, default_value = "/v1.0/debit/notify")]
    notification_path: String,
    /// Path of the merchant's endpoint for card notifications
    #[arg(long, default_value = "/v1/doku/notifications")]
    card_notification_path: String,
    /// Path of the merchant's token endpoint
    #[arg(long, default_value = "/v1.0/access-token/b2b")]
    token_path: String,
    /// File holding the clock's offset in milliseconds, shared with the functions
    #[arg(long, value_name = "FILE")]
    clock_offset_file: Option<PathBuf>,
    /// Scheme and host that page addresses begin with; the simulator's own without it
    #[arg(long, value_name = "URL")]
    page_host: Option<String>,
}

/// A configuration, and which credentials were made up for it.
pub struct Setup {
    /// Ready to start with.
    pub config: Config,
    /// What the merchant has to be given.
    pub made_up: MadeUp,
}

/// Throw-away credentials; none where the command line brought its own.
#[derive(Default)]
pub struct MadeUp {
    /// The secret key is made up.
    pub secret: bool,
    /// PEM private key the merchant signs with.
    pub merchant_private: Option<String>,
    /// PEM public key the merchant verifies with.
    pub doku_public: Option<String>,
}

impl Arguments {
    /// Reads the files and makes up what is missing; the error is a sentence.
    pub fn setup(self) -> Result<Setup, String> {
        let mut made_up = MadeUp::default();
        let secret_key = if let Some(path) = &self.secret_key {
            read(path)?.trim().to_owned()
        } else {
            made_up.secret = true;
            keys::secret()
        };
        let merchant_public = if let Some(path) = &self.merchant_public_key {
            read(path)?
        } else {
            let pair = pair()?;
            made_up.merchant_private = Some(pair.private);
            pair.public
        };
        let doku_private = if let Some(path) = &self.doku_private_key {
            read(path)?
        } else {
            let pair = pair()?;
            made_up.doku_public = Some(pair.public);
            pair.private
        };
        let config = Config {
            listen: SocketAddr::new(self.host, self.port),
            merchant_base_url: self.merchant_url,
            notification_path: self.notification_path,
            card_notification_path: self.card_notification_path,
            token_path: self.token_path,
            clock_offset_file: self.clock_offset_file,
            page_host: self.page_host,
            ..Config::new(
                &self.client_id,
                &secret_key,
                &merchant_public,
                &doku_private,
            )
        };
        Ok(Setup { config, made_up })
    }
}

/// An error and its causes in one line.
pub fn sentence(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        sentence.push_str(": ");
        sentence.push_str(&error.to_string());
        cause = error.source();
    }
    sentence
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn pair() -> Result<keys::PemPair, String> {
    keys::generate().map_err(|_| "no random numbers to make a key from".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_made_up() {
        let setup = Arguments::parse_from(["doku-simulator", "--port", "0"])
            .setup()
            .unwrap();
        assert!(setup.made_up.secret && setup.config.secret_key.starts_with("SK-"));
        assert!(setup.made_up.merchant_private.is_some());
        assert!(setup.made_up.doku_public.is_some());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let arguments = ["doku-simulator", "--secret-key", "/nowhere/secret"];
        let error = Arguments::parse_from(arguments).setup().err().unwrap();
        assert!(error.contains("/nowhere/secret"), "{error}");
    }
}
