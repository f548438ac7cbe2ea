//! Name spaces of invoice numbers.
//!
//! The merchant's invoice numbers are unique in the deployment. A customer's app that may create payments
//! (top-ups) numbers them in a name space of its customer's own, so that it can neither take a number of the
//! merchant's nor learn which numbers are taken by others.

use super::ids::{CustomerId, InvoiceNumber};

/// The name space that an invoice number lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceScope {
    /// The merchant's: its backend created the payment, or a release did that had one name space only.
    Merchant,
    /// The customer's: the customer's app created the payment and chose its amount.
    Customer,
}

impl InvoiceScope {
    /// `merchant` or `customer`, as in answers, events and the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Customer => "customer",
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Merchant, Self::Customer]
            .into_iter()
            .find(|scope| scope.as_str() == text)
    }
}

/// An invoice number and the name space it lives in: no two payments have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceName<'a> {
    /// A number of the merchant's.
    Merchant(&'a InvoiceNumber),
    /// A number of this customer's.
    Customer(&'a CustomerId, &'a InvoiceNumber),
}

impl<'a> InvoiceName<'a> {
    /// The name of a payment of `customer`'s in this name space.
    pub const fn new(
        scope: InvoiceScope,
        customer: &'a CustomerId,
        invoice: &'a InvoiceNumber,
    ) -> Self {
        match scope {
            InvoiceScope::Merchant => Self::Merchant(invoice),
            InvoiceScope::Customer => Self::Customer(customer, invoice),
        }
    }

    /// The text under which the payment is looked up: the merchant's number itself, or
    /// `customer:<customer>/<number>`. Neither kind of number holds a colon and no customer id a slash, so
    /// that no two names have one text.
    pub fn lookup(self) -> String {
        match self {
            Self::Merchant(invoice) => invoice.as_str().to_owned(),
            Self::Customer(customer, invoice) => format!("customer:{customer}/{invoice}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_different_name_spaces_never_meet() {
        let customer = |id| CustomerId::parse(id).unwrap();
        let invoice = |text| InvoiceNumber::parse(text).unwrap();
        let (one, other) = (customer("cust-1"), customer("cust-1."));
        let (plain, slashed) = (invoice("INV"), invoice("cust-1/INV"));
        let names = [
            InvoiceName::Merchant(&plain),
            InvoiceName::Merchant(&slashed),
            InvoiceName::Customer(&one, &plain),
            InvoiceName::Customer(&one, &slashed),
            InvoiceName::Customer(&other, &plain),
        ];
        let texts: std::collections::BTreeSet<_> = names.map(InvoiceName::lookup).into();
        assert_eq!(texts.len(), names.len(), "{texts:?}");
        assert_eq!(names[0].lookup(), "INV");
        for scope in [InvoiceScope::Merchant, InvoiceScope::Customer] {
            assert_eq!(InvoiceScope::parse(scope.as_str()), Some(scope));
        }
    }
}
