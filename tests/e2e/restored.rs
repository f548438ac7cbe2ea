//! A table restored to an earlier moment, while DOKU remembers what happened since: nothing that is
//! asked for again happens twice.

mod captures;
mod charges;
mod payments;
mod refunds;
mod refunds_new_key;
