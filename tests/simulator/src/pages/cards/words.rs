//! What the card page says, in both of its languages.

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// `lang` of the page.
    pub code: &'static str,
    /// Heading of the form.
    pub pay_by_card: &'static str,
    /// Label.
    pub number: &'static str,
    /// Label.
    pub expiry: &'static str,
    /// Label.
    pub security_code: &'static str,
    /// Label.
    pub holder: &'static str,
    /// Label.
    pub pay_in: &'static str,
    /// One choice of the tenors.
    pub at_once: &'static str,
    /// After a number.
    pub months: &'static str,
    /// Label of the box to tick.
    pub save: &'static str,
    /// Button.
    pub pay: &'static str,
    /// Button.
    pub cancel: &'static str,
    /// Link.
    pub back: &'static str,
    /// Heading after paying.
    pub paid: &'static str,
    /// Beside a refusal of the bank.
    pub declined: &'static str,
}

const ENGLISH: Words = Words {
    code: "en",
    pay_by_card: "Pay by card",
    number: "Card number",
    expiry: "Valid until (MM/YY)",
    security_code: "Security code",
    holder: "Name on the card",
    pay_in: "Pay in",
    at_once: "one sum",
    months: "months",
    save: "Save this card",
    pay: "Pay",
    cancel: "Cancel",
    back: "Back to the shop",
    paid: "Thank you, this is paid",
    declined: "The bank refused this card. You can try again.",
};

const INDONESIAN: Words = Words {
    code: "id",
    pay_by_card: "Bayar dengan kartu",
    number: "Nomor kartu",
    expiry: "Berlaku sampai (BB/TT)",
    security_code: "Kode keamanan",
    holder: "Nama pada kartu",
    pay_in: "Bayar dalam",
    at_once: "sekali bayar",
    months: "bulan",
    save: "Simpan kartu ini",
    pay: "Bayar",
    cancel: "Batal",
    back: "Kembali ke toko",
    paid: "Terima kasih, pembayaran berhasil",
    declined: "Bank menolak kartu ini. Silakan coba lagi.",
};

/// The words of `themes.language`; English when it was left out.
pub fn of(language: Option<&str>) -> Words {
    if language == Some("ID") {
        INDONESIAN
    } else {
        ENGLISH
    }
}
