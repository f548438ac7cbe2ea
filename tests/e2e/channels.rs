//! Every channel, under every path version that a deployment may choose.

mod allo;
pub mod bri_archived;
mod card_otps;
mod cards_linked;
mod listing;
mod made_up;
mod matrix;
mod ovo;
mod row;
pub mod scene;
mod settings;
mod unlinking;
mod wallets;
