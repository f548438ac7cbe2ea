//! Every channel, under every path version that a deployment may choose.

mod bri_archived;
mod listing;
mod matrix;
mod ovo;
mod row;
mod scene;
