//! Releases beside each other: what a newer one wrote, an older one neither loses nor misreads, and
//! settings that are raised and taken back leave nothing behind.

mod attributes;
mod marks;
mod shards;
mod words;
