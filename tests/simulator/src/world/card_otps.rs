//! Wrong OTPs of cards, where the bank counts them over every linking and payment of a card.

use std::collections::HashMap;
use std::time::Duration;

use doku_shared::clock::Timestamp;

use super::binding::Binding;

/// A card as the bank knows it: by channel, customer and last digits, or as the one of a binding.
type Name = (&'static str, String, String);

/// What the bank remembers of each card.
#[derive(Debug, Clone, Default)]
pub struct CardOtps(HashMap<Name, Card>);

#[derive(Debug, Clone, Default)]
struct Card {
    /// When wrong ones were given since the last right one.
    wrong: Vec<Timestamp>,
    blocked_until: Option<Timestamp>,
}

impl CardOtps {
    /// Whether the card is blocked at that moment.
    pub fn is_blocked(&self, binding: &Binding, now: Timestamp) -> bool {
        let until = self.0.get(&name(binding)).and_then(|it| it.blocked_until);
        until.is_some_and(|until| now < until)
    }

    /// Counts a wrong OTP: `allowed` of them within `window` block the card as long. True when this one
    /// did.
    pub fn miss(
        &mut self,
        binding: &Binding,
        allowed: u32,
        window: Duration,
        now: Timestamp,
    ) -> bool {
        let card = self.0.entry(name(binding)).or_default();
        card.wrong.retain(|at| now < at.plus(window));
        card.wrong.push(now);
        let blocked = usize::try_from(allowed).is_ok_and(|allowed| card.wrong.len() >= allowed);
        if blocked {
            card.blocked_until = Some(now.plus(window));
            card.wrong.clear();
        }
        blocked
    }

    /// Counts from nothing, after a right OTP.
    pub fn forgive(&mut self, binding: &Binding) {
        if let Some(card) = self.0.get_mut(&name(binding)) {
            card.wrong.clear();
        }
    }
}

fn name(binding: &Binding) -> Name {
    let digits = binding.card.as_ref().unwrap_or(&binding.auth_code);
    (
        binding.channel.code,
        binding.cust_id.clone(),
        digits.clone(),
    )
}
