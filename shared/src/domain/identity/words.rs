//! DOKU's words for services, banks and wallets, in the spellings that its documents, libraries and
//! plugins use.

/// A service of DOKU's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Cards.
    Card,
    /// A linked bank account or debit card.
    DirectDebit,
    /// Electronic money.
    Wallet,
    /// A transfer to an account number made for one bill.
    VirtualAccount,
    /// A QR code.
    Qris,
    /// Cash at the counter of a shop.
    ConvenienceStore,
    /// A lender pays.
    PayLater,
    /// The bank's own web page.
    OnlineBanking,
    /// A card kept by Google or Apple.
    DeviceWallet,
    /// The card for Indonesian authorities (KKI).
    IndonesianCreditCard,
}

impl Service {
    /// DOKU's word, for metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "CREDIT_CARD",
            Self::DirectDebit => "DIRECT_DEBIT",
            Self::Wallet => "EMONEY",
            Self::VirtualAccount => "VIRTUAL_ACCOUNT",
            Self::Qris => "QRIS",
            Self::ConvenienceStore => "ONLINE_TO_OFFLINE",
            Self::PayLater => "PEER_TO_PEER",
            Self::OnlineBanking => "INTERNET_BANKING",
            Self::DeviceWallet => "GOOGLE_PAY",
            Self::IndonesianCreditCard => "KARTU_KREDIT_INDONESIA",
        }
    }

    /// Reads [`Self::as_str`]'s word, and every other spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Word::read(text).service
    }
}

/// Beginnings of words, and the service that they name.
const SERVICES: [(&str, Service); 58] = [
    ("CREDIT_CARD", Service::Card),
    ("DIRECT_DEBIT", Service::DirectDebit),
    ("DIRECTDEBIT", Service::DirectDebit),
    ("EMONEY", Service::Wallet),
    ("E_MONEY", Service::Wallet),
    ("EWALLET", Service::Wallet),
    ("E_WALLET", Service::Wallet),
    ("WALLET", Service::Wallet),
    ("DOKU_WALLET", Service::Wallet),
    ("DOKUWALLET", Service::Wallet),
    ("VIRTUAL_ACCOUNT", Service::VirtualAccount),
    ("VIRTUALACCOUNT", Service::VirtualAccount),
    ("VIRTUAL_ACC", Service::VirtualAccount),
    ("BANKTRANSFER", Service::VirtualAccount),
    ("VA", Service::VirtualAccount),
    ("BANK_TRANSFER", Service::VirtualAccount),
    ("QRIS", Service::Qris),
    ("QR", Service::Qris),
    ("SNAP_QRIS", Service::Qris),
    ("ONLINE_TO_OFFLINE", Service::ConvenienceStore),
    ("CONVENIENCE_STORE", Service::ConvenienceStore),
    ("O2O", Service::ConvenienceStore),
    ("CONVENIENCESTORE", Service::ConvenienceStore),
    ("PEER_TO_PEER", Service::PayLater),
    ("P2P", Service::PayLater),
    ("PAYLATER", Service::PayLater),
    ("PAY_LATER", Service::PayLater),
    ("BNPL", Service::PayLater),
    ("SPAYLATER", Service::PayLater),
    ("SHOPEE_PAYLATER", Service::PayLater),
    ("SHOPEEPAY_LATER", Service::PayLater),
    ("BRI_CERIA", Service::PayLater),
    ("CERIA", Service::PayLater),
    ("INTERNET_BANKING", Service::OnlineBanking),
    ("ONLINE_BANKING", Service::OnlineBanking),
    ("DIGITAL_BANKING", Service::OnlineBanking),
    ("MOBILE_BANKING", Service::OnlineBanking),
    ("OCTO_CLICKS", Service::OnlineBanking),
    ("EPAY_BRI", Service::OnlineBanking),
    ("BRI_EPAY", Service::OnlineBanking),
    ("OCTO_PAY", Service::OnlineBanking),
    ("OCTO_CLIK", Service::OnlineBanking),
    ("CIMB_CLICKS", Service::OnlineBanking),
    ("CIMB_CLIKS", Service::OnlineBanking),
    ("PERMATA_NET", Service::OnlineBanking),
    ("PERMATANET", Service::OnlineBanking),
    ("CLICKPAY", Service::OnlineBanking),
    ("MANDIRI_CLICKPAY", Service::OnlineBanking),
    ("KLIKPAY", Service::OnlineBanking),
    ("BCA_KLIKPAY", Service::OnlineBanking),
    ("DANAMON_ONLINE_BANKING", Service::OnlineBanking),
    ("JENIUS_PAY", Service::OnlineBanking),
    ("GOOGLE_PAY", Service::DeviceWallet),
    ("GOOGLEPAY", Service::DeviceWallet),
    ("APPLE_PAY", Service::DeviceWallet),
    ("APPLEPAY", Service::DeviceWallet),
    ("KARTU_KREDIT_INDONESIA", Service::IndonesianCreditCard),
    ("KKI", Service::IndonesianCreditCard),
];

/// The nature of a bank, wallet, shop or lender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bank,
    Wallet,
    Shop,
    Lender,
}

/// A bank, wallet, shop or lender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Brand {
    /// Its one name.
    pub name: &'static str,
    pub kind: Kind,
}

/// Every brand with its spellings, `BANK` left out.
const BRANDS: [(Kind, &[&str]); 37] = [
    (Kind::Bank, &["CIMB", "CIMB_NIAGA", "CIMBNIAGA"]),
    (Kind::Bank, &["BRI"]),
    (Kind::Bank, &["MANDIRI"]),
    (Kind::Bank, &["ALLO", "ALLOBANK"]),
    (Kind::Bank, &["BCA"]),
    (Kind::Bank, &["BNI"]),
    (Kind::Bank, &["PERMATA"]),
    (Kind::Bank, &["DANAMON"]),
    (
        Kind::Bank,
        &["BSI", "SYARIAH_MANDIRI", "SYARIAH_INDONESIA", "BSM"],
    ),
    (Kind::Bank, &["BTN"]),
    (Kind::Bank, &["BNC", "NEO_COMMERCE"]),
    (Kind::Bank, &["MAYBANK"]),
    (Kind::Bank, &["SINARMAS", "SINARMAS_FULL"]),
    (Kind::Bank, &["BSS", "SAHABAT_SAMPOERNA"]),
    (Kind::Bank, &["QNB"]),
    (Kind::Bank, &["OCBC", "OCBC_NISP"]),
    (Kind::Bank, &["HSBC"]),
    (Kind::Bank, &["BUKOPIN", "KB_BUKOPIN"]),
    (Kind::Bank, &["MEGA"]),
    (Kind::Bank, &["JAGO"]),
    (Kind::Bank, &["BTPN", "JENIUS"]),
    (Kind::Bank, &["PANIN"]),
    (Kind::Bank, &["UOB"]),
    (Kind::Bank, &["DBS"]),
    (Kind::Bank, &["BJB"]),
    (Kind::Wallet, &["OVO"]),
    (Kind::Wallet, &["DANA"]),
    (Kind::Wallet, &["SHOPEEPAY", "SHOPEE_PAY", "SHOPEE"]),
    (Kind::Wallet, &["LINKAJA", "LINK_AJA"]),
    (Kind::Wallet, &["GOPAY", "GO_PAY"]),
    (Kind::Wallet, &["ASTRAPAY"]),
    (Kind::Shop, &["ALFA", "ALFAMART", "ALFAGROUP"]),
    (Kind::Shop, &["INDOMARET"]),
    (Kind::Lender, &["AKULAKU"]),
    (Kind::Lender, &["KREDIVO"]),
    (Kind::Lender, &["INDODANA"]),
    (Kind::Lender, &["ATOME"]),
];

/// DOKU's own wallet. Its name alone is no brand: DOKU acquires for many products.
const DOKU_WALLET: Brand = Brand {
    name: "DOKU",
    kind: Kind::Wallet,
};

/// Beginning of the numbers by which the QRIS network names those who acquire for it.
const QRIS_NUMBERS: &str = "9360";

/// A word of DOKU's, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub service: Option<Service>,
    pub brand: Option<Brand>,
    /// True when nothing of it was left over.
    pub is_whole: bool,
}

impl Word {
    pub(super) fn read(text: &str) -> Self {
        let word = normalised(text);
        let is_number = word.len() >= 8 && word.bytes().all(|b| b.is_ascii_digit());
        if is_number && word.starts_with(QRIS_NUMBERS) {
            return Self {
                service: Some(Service::Qris),
                brand: None,
                is_whole: true,
            };
        }
        let mut longest: Option<(&str, Service)> = None;
        for (start, service) in SERVICES {
            let fits = word
                .strip_prefix(start)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
            if fits && longest.is_none_or(|(known, _)| known.len() < start.len()) {
                longest = Some((start, service));
            }
        }
        let rest = longest.map_or(word.as_str(), |(start, _)| &word[start.len()..]);
        let rest = rest.trim_start_matches('_');
        let is_dokus = match longest {
            Some((start, Service::Wallet)) => start.contains("DOKU") || rest == "DOKU",
            _ => false,
        };
        let brand = if is_dokus {
            Some(DOKU_WALLET)
        } else {
            brand(rest)
        };
        Self {
            service: longest.map(|(_, service)| service),
            brand,
            is_whole: rest.is_empty() || brand.is_some(),
        }
    }
}

fn brand(text: &str) -> Option<Brand> {
    let known = |text: &str| {
        BRANDS.iter().find_map(|(kind, names)| {
            let name = *names.first()?;
            names.contains(&text).then_some(Brand { name, kind: *kind })
        })
    };
    let bare = text.strip_prefix("BANK_").unwrap_or(text);
    let bare = bare.strip_suffix("_BANK").unwrap_or(bare);
    known(text).or_else(|| known(bare))
}

/// A word in capitals, its parts joined by `_`, without the mark of the protocol.
pub(super) fn normalised(text: &str) -> String {
    let mut word: String = text
        .trim()
        .chars()
        .map(|c| match c {
            '-' | ' ' | '.' => '_',
            other => other.to_ascii_uppercase(),
        })
        .collect();
    if let Some(bare) = word.strip_suffix("_SNAP") {
        word.truncate(bare.len());
    }
    word
}
