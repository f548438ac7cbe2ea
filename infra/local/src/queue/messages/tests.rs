use super::*;
use crate::template::DeadLetters;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
/// A moment to begin with.
const NOW: i64 = 1_800_000_000_000;
/// How long the queues here hide what they gave out.
const HIDDEN: i64 = 30 * SECOND;

fn queue(change: impl FnOnce(&mut QueueSpec)) -> Messages {
    let mut spec = QueueSpec {
        logical_id: "Q".into(),
        name: "q.fifo".into(),
        url: "https://sqs.example/1/q.fifo".into(),
        arn: "arn:aws:sqs:x:1:q.fifo".into(),
        fifo: true,
        content_based_deduplication: false,
        deduplication_by_group: false,
        visibility_timeout: Duration::from_secs(30),
        retention: Duration::from_hours(1),
        delay: Duration::ZERO,
        dead_letters: None,
    };
    change(&mut spec);
    Messages::new(spec)
}

fn fifo() -> Messages {
    queue(|_| {})
}

fn standard() -> Messages {
    queue(|spec| spec.fifo = false)
}

/// A message whose deduplication id is its body.
fn message(group: &str, body: &str) -> NewMessage {
    NewMessage {
        body: body.into(),
        group: Some(group.into()),
        deduplication: Some(body.into()),
        delay: None,
    }
}

fn fill(queue: &mut Messages, messages: &[(&str, &str)]) {
    for (group, body) in messages {
        queue.send(message(group, body), NOW).unwrap();
    }
}

/// Takes at most so many messages; nothing may be given up.
fn take(queue: &mut Messages, most: usize, now: i64) -> Vec<Delivery> {
    let (given, dead) = queue.receive(most, None, now);
    assert_eq!(dead, []);
    given
}

fn bodies(given: &[Delivery]) -> Vec<&str> {
    given.iter().map(|one| one.message.body.as_str()).collect()
}

#[test]
fn a_group_is_given_out_in_order_and_once_at_a_time() {
    let mut queue = fifo();
    fill(
        &mut queue,
        &[
            ("a", "a1"),
            ("b", "b1"),
            ("a", "a2"),
            ("a", "a3"),
            ("b", "b2"),
        ],
    );
    let first = take(&mut queue, 3, NOW);
    assert_eq!(bodies(&first), ["a1", "b1", "a2"], "as they were sent");
    assert_eq!(
        bodies(&take(&mut queue, 10, NOW)),
        [""; 0],
        "both groups wait"
    );
    queue.delete(&first[0].receipt, NOW).unwrap();
    queue.delete(&first[1].receipt, NOW).unwrap();
    assert_eq!(
        bodies(&take(&mut queue, 10, NOW)),
        ["b2"],
        "a2 is still out"
    );
    queue.delete(&first[2].receipt, NOW).unwrap();
    assert_eq!(bodies(&take(&mut queue, 10, NOW)), ["a3"]);
}

#[test]
fn what_fails_comes_again_before_what_stands_behind_it() {
    let mut queue = fifo();
    fill(&mut queue, &[("a", "a1"), ("a", "a2")]);
    let first = take(&mut queue, 1, NOW);
    queue.abandon(&first[0].receipt);
    assert_eq!(bodies(&take(&mut queue, 10, NOW + HIDDEN - 1)), [""; 0]);
    let again = take(&mut queue, 10, NOW + HIDDEN);
    assert_eq!(bodies(&again), ["a1", "a2"]);
    let counts: Vec<_> = again.iter().map(|one| one.receives).collect();
    assert_eq!(counts, [2, 1]);
    assert_eq!(again[0].first_received_at, NOW);
}

#[test]
fn a_standard_queue_keeps_nobody_waiting() {
    let mut queue = standard();
    fill(&mut queue, &[("a", "a1"), ("a", "a1"), ("a", "a2")]);
    assert_eq!(bodies(&take(&mut queue, 1, NOW)), ["a1"]);
    let rest = take(&mut queue, 10, NOW);
    assert_eq!(
        bodies(&rest),
        ["a1", "a2"],
        "nor takes a message for another"
    );
}

#[test]
fn a_message_is_taken_once_in_five_minutes() {
    let mut queue = fifo();
    let first = queue.send(message("a", "x"), NOW).unwrap();
    for (why, wait, group, same) in [
        ("at once", 0, "a", true),
        ("in another group", 0, "b", true),
        ("just before the end", 5 * MINUTE - 1, "a", true),
        ("after it", 5 * MINUTE, "a", false),
    ] {
        let sent = queue.send(message(group, "x"), NOW + wait).unwrap();
        assert_eq!(sent == first, same, "{why}");
    }
    assert_eq!(queue.depth(NOW + 5 * MINUTE).visible, 2);
}

#[test]
fn a_message_is_remembered_when_it_is_gone() {
    let mut queue = fifo();
    fill(&mut queue, &[("a", "x")]);
    let given = take(&mut queue, 1, NOW);
    queue.delete(&given[0].receipt, NOW).unwrap();
    queue.send(message("a", "x"), NOW + MINUTE).unwrap();
    assert_eq!(queue.depth(NOW + MINUTE), Depth::default());
}

#[test]
fn ids_may_be_each_groups_own_or_come_from_the_body() {
    let mut queue = queue(|spec| {
        spec.deduplication_by_group = true;
        spec.content_based_deduplication = true;
    });
    let by_body = |group: &str, body: &str| NewMessage {
        deduplication: None,
        ..message(group, body)
    };
    for (group, body) in [("a", "x"), ("a", "x"), ("b", "x"), ("a", "y")] {
        queue.send(by_body(group, body), NOW).unwrap();
    }
    let kept: Vec<_> = queue.iter().map(|one| one.body.as_str()).collect();
    assert_eq!(kept, ["x", "x", "y"]);
}

#[test]
fn what_sqs_would_refuse_is_refused() {
    let of = |change: fn(&mut NewMessage)| {
        let mut new = message("a", "x");
        change(&mut new);
        new
    };
    let table = [
        ("no text", of(|m| m.body.clear()), Err(SendError::Empty)),
        (
            "the longest text",
            of(|m| m.body = "x".repeat(LARGEST_BODY)),
            Ok(()),
        ),
        (
            "a byte more",
            of(|m| m.body = "x".repeat(LARGEST_BODY + 1)),
            Err(SendError::TooLong),
        ),
        ("no group", of(|m| m.group = None), Err(SendError::NoGroup)),
        (
            "no id",
            of(|m| m.deduplication = None),
            Err(SendError::NoDeduplication),
        ),
        (
            "a space in the group",
            of(|m| m.group = Some("a b".into())),
            Err(SendError::BadGroup),
        ),
        (
            "a long id",
            of(|m| m.deduplication = Some("x".repeat(129))),
            Err(SendError::BadDeduplication),
        ),
        (
            "its own delay",
            of(|m| m.delay = Some(Duration::ZERO)),
            Err(SendError::DelayOfOne),
        ),
    ];
    for (why, new, expected) in table {
        assert_eq!(fifo().send(new, NOW).map(|_| ()), expected, "{why}");
    }
    let bare = NewMessage {
        body: "x".into(),
        delay: Some(Duration::from_secs(1)),
        ..NewMessage::default()
    };
    assert!(standard().send(bare, NOW).is_ok(), "all this is for FIFO");
}

#[test]
fn a_delayed_message_is_hidden_at_first_and_so_is_what_follows() {
    let mut queue = queue(|spec| spec.delay = Duration::from_secs(5));
    fill(&mut queue, &[("a", "a1")]);
    assert_eq!(take(&mut queue, 1, NOW + 5 * SECOND - 1), []);
    assert_eq!(queue.depth(NOW).delayed, 1);
    assert_eq!(queue.next_visible(NOW), Some(NOW + 5 * SECOND));
    assert_eq!(bodies(&take(&mut queue, 1, NOW + 5 * SECOND)), ["a1"]);
}

#[test]
fn what_was_received_too_often_is_given_up() {
    let mut queue = queue(|spec| {
        spec.dead_letters = Some(DeadLetters {
            queue: "dead.fifo".into(),
            after_receives: 2,
        });
    });
    fill(&mut queue, &[("a", "a1"), ("a", "a2")]);
    assert_eq!(bodies(&take(&mut queue, 1, NOW)), ["a1"]);
    assert_eq!(bodies(&take(&mut queue, 1, NOW + HIDDEN)), ["a1"]);
    let (given, dead) = queue.receive(1, None, NOW + 2 * HIDDEN);
    assert_eq!(bodies(&given), ["a2"], "its group goes on without it");
    let dead: Vec<_> = dead.into_iter().collect();
    assert_eq!(dead[0].body, "a1");

    let mut grave = fifo();
    grave.bury(dead[0].clone(), NOW + MINUTE);
    let found = take(&mut grave, 1, NOW + MINUTE);
    assert_eq!(found[0].message.id, dead[0].id);
    assert_eq!(found[0].message.group.as_deref(), Some("a"));
    assert_eq!(
        found[0].message.sent_at,
        NOW + MINUTE,
        "its age begins anew"
    );
}

#[test]
fn a_receipt_is_for_one_time_that_a_message_was_given_out() {
    for (why, mut queue, late) in [
        ("FIFO says so", fifo(), Err(DeleteError::Expired)),
        ("standard says nothing", standard(), Ok(())),
    ] {
        fill(&mut queue, &[("a", "a1")]);
        let first = take(&mut queue, 1, NOW);
        let second = take(&mut queue, 1, NOW + HIDDEN);
        let old = queue.delete(&first[0].receipt, NOW + HIDDEN);
        assert_eq!(old, late, "{why}");
        assert_eq!(queue.depth(NOW + HIDDEN).in_flight, 1, "{why}");
        assert_eq!(queue.delete(&second[0].receipt, NOW + HIDDEN), Ok(()));
        assert_eq!(
            queue.delete(&second[0].receipt, NOW + HIDDEN),
            Ok(()),
            "gone"
        );
        assert_eq!(queue.depth(NOW + HIDDEN), Depth::default(), "{why}");
        for nonsense in [
            "",
            "AQEB",
            "AQEBxyz",
            "a1",
            "AQEBé0000000000000000000000000000000",
        ] {
            assert_eq!(queue.delete(nonsense, NOW), Err(DeleteError::NoReceipt));
        }
    }
}

#[test]
fn a_fifo_queue_takes_no_receipt_once_the_message_is_visible_again() {
    let mut queue = fifo();
    fill(&mut queue, &[("a", "a1")]);
    let given = take(&mut queue, 1, NOW);
    let late = queue.delete(&given[0].receipt, NOW + HIDDEN);
    assert_eq!(late, Err(DeleteError::Expired));
    assert_eq!(queue.depth(NOW + HIDDEN).visible, 1);
}

#[test]
fn messages_grow_too_old() {
    let mut queue = fifo();
    fill(&mut queue, &[("a", "a1")]);
    queue.send(message("a", "a2"), NOW + 1).unwrap();
    assert_eq!(bodies(&take(&mut queue, 10, NOW + 60 * MINUTE)), ["a2"]);
}

#[test]
fn depth_tells_why_messages_are_hidden() {
    let mut queue = fifo();
    fill(
        &mut queue,
        &[("a", "a1"), ("b", "b1"), ("b", "b2"), ("c", "c1")],
    );
    let given = take(&mut queue, 2, NOW);
    queue.abandon(&given[0].receipt);
    let expected = Depth {
        visible: 2,
        in_flight: 1,
        waiting: 1,
        delayed: 0,
    };
    assert_eq!(queue.depth(NOW), expected);
    assert_eq!(queue.next_visible(NOW), Some(NOW + HIDDEN));
    assert_eq!(queue.depth(NOW + HIDDEN).visible, 4);
    assert_eq!(queue.next_visible(NOW + HIDDEN), None);
}

#[test]
fn a_queue_is_busy_while_something_can_happen_without_time() {
    let mut queue = fifo();
    assert!(!queue.is_busy(NOW), "empty");
    fill(&mut queue, &[("a", "a1"), ("a", "a2")]);
    assert!(queue.is_busy(NOW), "to be given out");
    let given = take(&mut queue, 1, NOW);
    assert!(queue.is_busy(NOW), "worked on");
    queue.abandon(&given[0].receipt);
    assert!(!queue.is_busy(NOW), "a1 waits, and a2 for it");
    assert!(queue.is_busy(NOW + HIDDEN), "time has passed");
    assert_eq!(queue.return_now(NOW), 1);
    assert!(queue.is_busy(NOW), "somebody made it visible");
    assert_eq!(queue.return_now(NOW), 0);
}

#[test]
fn only_what_nobody_works_on_is_returned() {
    let mut queue = fifo();
    fill(&mut queue, &[("a", "a1"), ("b", "b1")]);
    let given = take(&mut queue, 2, NOW);
    queue.abandon(&given[0].receipt);
    assert_eq!(queue.return_now(NOW), 1);
    assert_eq!(bodies(&take(&mut queue, 2, NOW)), ["a1"]);
}

#[test]
fn copies_are_given_out_beside_each_other_and_are_one_message() {
    let mut queue = fifo();
    queue.deliver_each(3);
    fill(&mut queue, &[("a", "a1"), ("b", "b1")]);
    let calls: Vec<_> = (0..4).map(|_| take(&mut queue, 2, NOW)).collect();
    for call in &calls[..3] {
        assert_eq!(bodies(call), ["a1", "b1"]);
    }
    assert_eq!(calls[3], [], "three times and not more");
    assert_eq!(calls[0][0].message.id, calls[2][0].message.id);
    for delivery in &calls[1] {
        queue.delete(&delivery.receipt, NOW).unwrap();
    }
    assert_eq!(queue.depth(NOW).in_flight, 4, "each has its own receipt");
    queue.abandon(&calls[0][0].receipt);
    queue.return_now(NOW);
    assert_eq!(
        bodies(&take(&mut queue, 9, NOW)),
        ["a1"],
        "no more copies of it"
    );
}

#[test]
fn copies_of_one_message_are_never_in_one_call() {
    let mut queue = fifo();
    queue.deliver_each(2);
    fill(&mut queue, &[("a", "a1")]);
    let first = take(&mut queue, 10, NOW);
    let second = take(&mut queue, 10, NOW);
    assert_eq!((first.len(), second.len()), (1, 1));
    for delivery in first.iter().chain(&second) {
        queue.abandon(&delivery.receipt);
    }
    queue.return_now(NOW);
    assert_eq!(take(&mut queue, 10, NOW).len(), 1, "nor later");
}
