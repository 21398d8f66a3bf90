//! Which argument is for which field.

use super::value::{Arg, Value};
use pgconform_wire::codec::{Count, Fields, Text, Walk};
use std::convert::Infallible;

/// What a message or an item is called and which fields it has, in wire order.
pub(super) struct Shape {
    name: &'static str,
    fields: Vec<(&'static str, Takes)>,
}

/// What a field takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    One,
    List,
    /// Every argument with a name that no other field has: startup parameters, the fields of a report.
    Named,
}

/// What the arguments have for a field.
#[derive(Clone, Debug)]
pub(super) enum Slot<'x> {
    Empty,
    One(&'x Arg),
    Items(&'x [Arg]),
    Named(Vec<&'x Arg>),
}

impl Shape {
    /// One without fields, for a walk to fill in.
    pub(super) fn named(name: &'static str) -> Self {
        Self { name, fields: Vec::new() }
    }

    /// What `args` have for each field.
    pub(super) fn assign<'x>(&self, args: &'x [Arg]) -> Result<Vec<Slot<'x>>, String> {
        let named_from = args.iter().position(|arg| arg.name.is_some()).unwrap_or(args.len());
        let (mut bare, named) = args.split_at(named_from);
        let mut slots = vec![Slot::Empty; self.fields.len()];
        for (at, (name, takes)) in self.fields.iter().enumerate() {
            let Some((first, behind)) = bare.split_first() else { break };
            let last = at + 1 == self.fields.len();
            (slots[at], bare) = match takes {
                Takes::One => (Slot::One(first), behind),
                Takes::List => match &first.value {
                    Value::List(items) if !last || behind.is_empty() => (Slot::Items(items), behind),
                    _ if last => (Slot::Items(bare), &[][..]),
                    _ => return Err(format!("`{name}` is a list: [{first}]")),
                },
                Takes::Named => return Err(format!("`{first}` needs a name")),
            };
        }
        if let Some(extra) = bare.first() {
            return Err(format!("`{extra}` is one field more than {} has {}", self.name, self.list()));
        }
        for arg in named {
            let Some(name) = &arg.name else {
                return Err(format!("`{arg}` has no name, and follows a field that has one"));
            };
            let of_its_own =
                self.fields.iter().position(|(field, takes)| field == name && *takes != Takes::Named);
            let Some(at) =
                of_its_own.or_else(|| self.fields.iter().position(|(_, takes)| *takes == Takes::Named))
            else {
                return Err(format!("{} has no field `{name}` {}", self.name, self.list()));
            };
            let slot = match (self.fields[at].1, &mut slots[at], &arg.value) {
                (Takes::Named, Slot::Named(args), _) => {
                    args.push(arg);
                    continue;
                }
                (Takes::Named, ..) => Slot::Named(vec![arg]),
                (Takes::One, Slot::Empty, _) => Slot::One(arg),
                (Takes::List, Slot::Empty, Value::List(items)) => Slot::Items(items),
                (Takes::List, Slot::Empty, value) => return Err(format!("`{name}` is a list: [{value}]")),
                _ => return Err(format!("`{name}` is given twice")),
            };
            slots[at] = slot;
        }
        Ok(slots)
    }

    /// What `arg` has for the fields of the list item of this shape.
    pub(super) fn assign_item<'x>(&self, arg: &'x Arg) -> Result<Vec<Slot<'x>>, String> {
        match (self.fields.as_slice(), &arg.value) {
            ([("", _)], Value::Group(_)) => {
                Err(format!("`{arg}` has fields, an item of `{}` has none", self.name))
            }
            ([("", _)], _) => Ok(vec![Slot::One(arg)]),
            (_, Value::Group(args)) => self.assign(args),
            _ => Err(format!("`{arg}` stands for an item of `{}`, which has fields: {{...}}", self.name)),
        }
    }

    fn list(&self) -> String {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| *name).collect();
        if names.is_empty() { "(no fields)".to_owned() } else { format!("(fields: {})", names.join(", ")) }
    }

    fn add(&mut self, name: &'static str, takes: Takes) -> Result<(), Infallible> {
        self.fields.push((name, takes));
        Ok(())
    }
}

impl<'a> Walk<'a> for Shape {
    type Error = Infallible;

    fn byte(&mut self, name: &'static str, _: &mut u8) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn int8(&mut self, name: &'static str, _: &mut i8) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn int16(&mut self, name: &'static str, _: &mut i16) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn int32(&mut self, name: &'static str, _: &mut i32) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn oid(&mut self, name: &'static str, _: &mut u32) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn version(&mut self, name: &'static str, _: &mut u32) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn string(&mut self, name: &'static str, _: &mut Text<'a>) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn secret_string(&mut self, name: &'static str, _: &mut Text<'a>) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn rest(&mut self, name: &'static str, _: &mut Text<'a>) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn secret_rest(&mut self, name: &'static str, _: &mut Text<'a>) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn bytes4(&mut self, name: &'static str, _: &mut [u8; 4]) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn value(&mut self, name: &'static str, _: &mut Option<Text<'a>>) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn secret_value(&mut self, name: &'static str, _: &mut Option<Text<'a>>) -> Result<(), Infallible> {
        self.add(name, Takes::One)
    }

    fn list<T: Fields<'a>>(
        &mut self,
        name: &'static str,
        _: Count,
        _: &mut Vec<T>,
    ) -> Result<(), Infallible> {
        self.add(name, Takes::List)
    }

    fn parameters(&mut self, _: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), Infallible> {
        self.add("parameters", Takes::Named)
    }

    fn report(&mut self, _: &mut Vec<(u8, Text<'a>)>) -> Result<(), Infallible> {
        self.add("code, message, ...", Takes::Named)
    }
}
