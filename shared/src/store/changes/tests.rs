use aws_sdk_dynamodb::primitives::Blob;
use proptest::prelude::*;

use super::*;

fn map(known: Vec<(&'static str, Shape)>, is_optional: bool) -> Shape {
    Shape::Map(Fields { known, is_optional })
}

/// An item with everything that an item may have.
fn fields() -> Fields {
    let journal = |is_optional| {
        let watch = map(vec![("y", Shape::Value), ("z", Shape::Value)], false);
        map(vec![("x", Shape::Value), ("watch", watch)], is_optional)
    };
    let element = map(vec![("k", Shape::Value)], false);
    Fields {
        known: vec![
            ("a", Shape::Value),
            ("b", Shape::Value),
            ("operation", journal(false)),
            ("otp", journal(true)),
            ("goods", Shape::List(Box::new(element))),
            ("words", Shape::List(Box::new(Shape::Value))),
        ],
        is_optional: false,
    }
}

/// A value of each kind that the table knows.
fn value() -> impl Strategy<Value = AttributeValue> {
    let blob = |bytes: Vec<u8>| Blob::new(bytes);
    prop_oneof![
        "[a-z]{0,3}".prop_map(AttributeValue::S),
        "[1-9][0-9]{0,37}".prop_map(AttributeValue::N),
        any::<Vec<u8>>().prop_map(move |bytes| AttributeValue::B(blob(bytes))),
        any::<bool>().prop_map(AttributeValue::Bool),
        Just(AttributeValue::Null(true)),
        prop::collection::vec("[a-z]{1,3}", 1..3).prop_map(AttributeValue::Ss),
        prop::collection::vec("[1-9]{1,3}", 1..3).prop_map(AttributeValue::Ns),
        prop::collection::vec(any::<Vec<u8>>(), 1..3)
            .prop_map(move |all| AttributeValue::Bs(all.into_iter().map(blob).collect())),
        prop::collection::vec("[a-z]{0,3}".prop_map(AttributeValue::S), 0..3)
            .prop_map(AttributeValue::L),
        prop::collection::hash_map("[a-z]", "[a-z]{0,3}".prop_map(AttributeValue::S), 0..3)
            .prop_map(AttributeValue::M),
    ]
}

/// A value of this shape.
fn shaped(shape: &Shape) -> BoxedStrategy<AttributeValue> {
    match shape {
        Shape::Value => value().boxed(),
        Shape::List(element) => prop::collection::vec(shaped(element), 0..4)
            .prop_map(AttributeValue::L)
            .boxed(),
        Shape::Map(fields) => item(fields).prop_map(AttributeValue::M).boxed(),
    }
}

/// An item with some of the attributes.
fn item(fields: &Fields) -> BoxedStrategy<Item> {
    let mut items = Just(Item::new()).boxed();
    for &(name, ref shape) in &fields.known {
        let value = prop::option::weighted(0.7, shaped(shape));
        items = (items, value)
            .prop_map(move |(mut item, value)| {
                item.extend(value.map(|value| (name.to_owned(), value)));
                item
            })
            .boxed();
    }
    items
}

/// What a newer release adds to an item and to each of the maps within it, by `salt`. Elements of lists
/// are left alone unless `in_lists`.
fn add_unknown(
    fields: &Fields,
    item: &mut Item,
    news: &[AttributeValue],
    salt: &str,
    in_lists: bool,
) {
    for (place, value) in news.iter().enumerate() {
        item.insert(format!("unknown{salt}{place}"), value.clone());
    }
    for (name, shape) in &fields.known {
        match (shape, item.get_mut(*name)) {
            (Shape::Map(fields), Some(AttributeValue::M(map))) => {
                add_unknown(fields, map, news, salt, in_lists);
            }
            (Shape::List(element), Some(AttributeValue::L(list))) if in_lists => {
                for element_held in list {
                    if let (Shape::Map(fields), AttributeValue::M(map)) = (&**element, element_held)
                    {
                        add_unknown(fields, map, news, salt, in_lists);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The item less everything unknown, with the maps that say nothing left out.
fn only_known(fields: &Fields, item: &Item) -> Item {
    let whole = map(fields.known.clone(), false);
    let AttributeValue::M(mut item) = known(&whole, &AttributeValue::M(item.clone())) else {
        panic!("a map is a map");
    };
    drop_empty(fields, &mut item);
    item
}

fn drop_empty(fields: &Fields, item: &mut Item) {
    for (name, shape) in &fields.known {
        if let (Shape::Map(fields), Some(AttributeValue::M(map))) = (shape, item.get_mut(*name)) {
            drop_empty(fields, map);
            if map.is_empty() && !fields.is_optional {
                item.remove(*name);
            }
        }
    }
}

/// Every unknown attribute of the item and of the maps within it that `kept` has as well.
fn assert_unknown_kept(fields: &Fields, held: &Item, kept: &Item) {
    for (name, value) in held.iter().filter(|(name, _)| name.starts_with("unknown")) {
        assert_eq!(kept.get(name), Some(value), "{name}");
    }
    for (name, shape) in &fields.known {
        if let (Shape::Map(fields), Some(AttributeValue::M(held)), Some(AttributeValue::M(kept))) =
            (shape, held.get(*name), kept.get(*name))
        {
            assert_unknown_kept(fields, held, kept);
        }
    }
}

proptest! {
    #[test]
    fn what_is_known_becomes_new_and_what_is_unknown_stays(
        mut held in item(&fields()),
        new in item(&fields()),
        first in prop::collection::vec(value(), 0..3),
        later in prop::collection::vec(value(), 0..3),
    ) {
        let fields = fields();
        add_unknown(&fields, &mut held, &first, "First", true);
        let changes = Changes::between(&fields, &held, &new);
        // Something is added after the item was read, without a new version.
        let mut table = held.clone();
        add_unknown(&fields, &mut table, &later, "Later", false);
        let mut after = table.clone();
        changes.apply(&mut after);
        prop_assert_eq!(only_known(&fields, &after), only_known(&fields, &new));
        assert_unknown_kept(&fields, &table, &after);
        // Maps that are always there are there still, with what only others know.
        let journal = |item: &Item| match item.get("operation") {
            Some(AttributeValue::M(map)) => map.keys().filter(|name| name.starts_with("unknown")).count(),
            _ => 0,
        };
        prop_assert!(journal(&after) >= journal(&table));
        // The same change again is none.
        prop_assert_eq!(Changes::between(&fields, &after, &new), Changes::default());
    }

    #[test]
    fn an_element_that_stays_keeps_what_only_others_know_of_it(
        held in prop::collection::vec((0..4_u8, any::<u8>()), 0..6),
        new in prop::collection::vec(0..4_u8, 0..6),
    ) {
        let element = map(vec![("k", Shape::Value)], false);
        let known_part = |k: &u8| Item::from([("k".to_owned(), AttributeValue::N(k.to_string()))]);
        let raw: Vec<_> = held.iter().map(|(k, unknown)| {
            let mut element = known_part(k);
            element.insert("unknown".to_owned(), AttributeValue::N(unknown.to_string()));
            AttributeValue::M(element)
        }).collect();
        let wanted: Vec<_> = new.iter().map(|k| AttributeValue::M(known_part(k))).collect();
        let merged = merge(&element, &raw, &wanted);
        let knowns: Vec<_> = merged.iter().map(|value| known(&element, value)).collect();
        prop_assert_eq!(&knowns, &wanted);
        for k in 0..4_u8 {
            let kept = merged.iter().filter(|value| {
                let map = value.as_m().unwrap();
                map["k"] == AttributeValue::N(k.to_string()) && map.contains_key("unknown")
            });
            let before = held.iter().filter(|(other, _)| *other == k);
            let after = wanted.iter().filter(|value| **value == AttributeValue::M(known_part(&k)));
            prop_assert_eq!(kept.count(), before.count().min(after.count()));
        }
    }

    #[test]
    fn an_update_names_what_it_changes_once_and_no_more(
        held in item(&fields()),
        new in item(&fields()),
    ) {
        let changes = Changes::between(&fields(), &held, &new);
        let Expression { update, names, values } = changes.expression();
        let sets = changes.0.iter().filter(|change| change.value.is_some()).count();
        prop_assert_eq!(values.len(), sets);
        for key in names.keys().chain(values.keys()) {
            prop_assert!(update.contains(key.as_str()));
        }
        for (place, change) in changes.0.iter().enumerate() {
            for other in &changes.0[place + 1..] {
                prop_assert!(!change.path.starts_with(&other.path) && !other.path.starts_with(&change.path));
            }
        }
    }
}

#[test]
fn an_update_is_spelt_as_the_table_wants_it() {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let item = |pairs: &[(&str, AttributeValue)]| -> Item {
        let pairs = pairs.iter().cloned();
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    };
    let inner = |x: &str| AttributeValue::M(item(&[("x", text(x)), ("unknown", text("stays"))]));
    let held = item(&[
        ("a", text("1")),
        ("b", text("2")),
        ("operation", inner("3")),
    ]);
    let new = item(&[
        ("a", text("1")),
        ("operation", AttributeValue::M(item(&[("x", text("4"))]))),
        ("otp", AttributeValue::M(item(&[("x", text("5"))]))),
    ]);
    let Expression {
        update,
        names,
        values,
    } = Changes::between(&fields(), &held, &new).expression();
    assert_eq!(update, "SET #n1.#n2 = :v0, #n3 = :v1 REMOVE #n0");
    assert_eq!(names["#n0"], "b");
    assert_eq!(names["#n1"], "operation");
    assert_eq!(names["#n2"], "x");
    assert_eq!(names["#n3"], "otp");
    assert_eq!(values[":v0"], text("4"));
}
