//! Every channel under every path version: what each can do, and everything it refuses.

mod bodies;
mod bri_archived;
mod card_otps;
mod empty;
mod libraries;
mod made_up;
mod matrix;
mod notices;
mod pages;
mod recurring;
mod refusals;
mod scene;
mod shapes;
mod spellings;
mod tokens;
