//! The attributes that this release knows of an item, taken from the item's own struct.
//!
//! `serde` is asked to read a `T` from a source that answers every question with some value and writes
//! down what was asked for. So the names cannot differ from those that are read and written.

use serde::Deserialize;
use serde::de::value::Error;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What is known of an attribute's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// Written and read as a whole.
    Value,
    /// Elements of one shape.
    List(Box<Self>),
    /// A map with these attributes, and perhaps others that only a newer release knows.
    Map(Fields),
}

/// The attributes of an item, or of a map within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    /// Each by its name.
    pub known: Vec<(&'static str, Shape)>,
    /// True where the map as a whole may be missing, and is then not there at all; false where it is
    /// there even if it says nothing.
    pub is_optional: bool,
}

/// The attributes of `T`.
pub(super) fn fields_of<'de, T: Deserialize<'de>>() -> Result<Fields, Error> {
    trace::<T>().map(|(_, fields)| fields)
}

/// A `T` in which no attribute is missing, and its attributes.
pub(super) fn trace<'de, T: Deserialize<'de>>() -> Result<(T, Fields), Error> {
    let mut shape = Shape::Value;
    let value = T::deserialize(Tracer::new(&mut shape))?;
    match shape {
        Shape::Map(fields) => Ok((value, fields)),
        Shape::Value | Shape::List(_) => Err(serde::de::Error::custom("not a struct")),
    }
}

/// Answers a question, and notes in `shape` what was asked for.
struct Tracer<'a> {
    shape: &'a mut Shape,
    is_optional: bool,
}

impl<'a> Tracer<'a> {
    const fn new(shape: &'a mut Shape) -> Self {
        Self {
            shape,
            is_optional: false,
        }
    }
}

macro_rules! some_number {
    ($($method:ident $visit:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(1)
        })*
    };
}

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Error;

    some_number! {
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str("x")
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(true)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bytes(b"x")
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bytes(b"x")
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(Self {
            is_optional: true,
            ..self
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut element = Shape::Value;
        let value = visitor.visit_seq(Elements {
            left: 1,
            shape: &mut element,
        })?;
        *self.shape = Shape::List(Box::new(element));
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Elements {
            left: len,
            shape: &mut Shape::Value,
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Attributes {
            names: &["x"],
            known: &mut Vec::new(),
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut known = Vec::new();
        let value = visitor.visit_map(Attributes {
            names,
            known: &mut known,
        })?;
        *self.shape = Shape::Map(Fields {
            known,
            is_optional: self.is_optional,
        });
        Ok(value)
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string unit unit_struct tuple_struct enum identifier ignored_any
    }
}

struct Attributes<'a> {
    names: &'static [&'static str],
    known: &'a mut Vec<(&'static str, Shape)>,
}

impl<'de> MapAccess<'de> for Attributes<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let name = self.names.first();
        name.map(|name| seed.deserialize((*name).into_deserializer()))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let mut shape = Shape::Value;
        let value = seed.deserialize(Tracer::new(&mut shape))?;
        if let Some((name, rest)) = self.names.split_first() {
            self.known.push((name, shape));
            self.names = rest;
        }
        Ok(value)
    }
}

struct Elements<'a> {
    left: usize,
    shape: &'a mut Shape,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(Tracer::new(self.shape)).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use serde::Serialize;

    use super::*;
    use crate::store::items::{
        BindingItem, ChargeItem, ClaimItem, PaymentItem, ReferenceItem, RefundItem,
        SubscriptionItem,
    };
    use crate::store::notifications::NotificationItem;
    use crate::store::otp_counts::OtpCountItem;
    use crate::store::write::Item;

    /// Insists that exactly the known attributes are there, at every depth.
    fn assert_covers(known: &Fields, item: &Item, place: &str) {
        let mut names: Vec<&str> = known.known.iter().map(|(name, _)| *name).collect();
        let mut written: Vec<&str> = item.keys().map(String::as_str).collect();
        names.sort_unstable();
        written.sort_unstable();
        assert_eq!(names, written, "{place}");
        for (name, shape) in &known.known {
            let place = format!("{place}.{name}");
            match (shape, &item[*name]) {
                (Shape::Map(fields), AttributeValue::M(map)) => assert_covers(fields, map, &place),
                (Shape::List(element), AttributeValue::L(list)) => {
                    let one = list.first().unwrap();
                    match (&**element, one) {
                        (Shape::Map(fields), AttributeValue::M(map)) => {
                            assert_covers(fields, map, &place);
                        }
                        (Shape::Value, _) => {}
                        odd => panic!("{place}: {odd:?}"),
                    }
                }
                (Shape::Value, _) => {}
                odd => panic!("{place}: {odd:?}"),
            }
        }
    }

    fn check<T: Serialize + for<'de> Deserialize<'de>>(name: &str) {
        let (full, fields) = trace::<T>().unwrap();
        let item: Item = serde_dynamo::to_item(full).unwrap();
        assert_covers(&fields, &item, name);
    }

    #[test]
    fn every_attribute_that_is_written_is_known_of_every_item() {
        check::<PaymentItem>("payment");
        check::<RefundItem>("refund");
        check::<BindingItem>("binding");
        check::<SubscriptionItem>("subscription");
        check::<ChargeItem>("charge");
        check::<ClaimItem>("claim");
        check::<ReferenceItem>("reference");
        check::<NotificationItem>("notification");
        check::<OtpCountItem>("OTP count");
    }

    #[test]
    fn maps_and_lists_within_an_item_are_known_by_their_own_attributes() {
        let fields = fields_of::<PaymentItem>().unwrap();
        let of = |name: &str| {
            let found = fields.known.iter().find(|(other, _)| *other == name);
            found.map(|(_, shape)| shape).unwrap()
        };
        let Shape::Map(capture) = of("capture") else {
            panic!("a capture is a map");
        };
        assert!(capture.is_optional);
        let Shape::Map(watch) = of("watch") else {
            panic!("who looks after it is a map");
        };
        assert!(!watch.is_optional);
        assert_eq!(*of("metadata"), Shape::Value);
        assert_eq!(*of("flags"), Shape::List(Box::new(Shape::Value)));
        assert!(matches!(of("operation"), Shape::Map(fields) if !fields.is_optional));
    }
}
