//! Two servers, or a server and what one said before, compared case by case.

use super::{Difference, difference, snapshot};
use crate::report::table;
use crate::runner::{self, Event, Run, WIRE};
use crate::target::TargetError;
use crate::verdict::{Judged, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Snapshots by the ids of their cases.
pub type Snapshots = BTreeMap<String, String>;

/// Plays a run's cases; returns what was said of them, and the snapshots of those that apply.
pub async fn record(run: Run) -> Result<(Vec<Judged>, Snapshots), TargetError> {
    let mut snapshots = Snapshots::new();
    let mut tell = |event: Event<'_>| {
        if let Event::Played { case, judged, transcript } = event
            && judged.client == WIRE
            && judged.verdict != Verdict::NotApplicable
        {
            snapshots.insert(case.id.clone(), snapshot(transcript, case));
        }
    };
    let judged = runner::run(run, &mut tell).await?;
    Ok((judged, snapshots))
}

/// How the snapshots of one case compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// They are equal.
    Same,
    /// They begin to differ here.
    Differs(Difference),
    /// The case applies on the left only.
    OnlyLeft,
    /// The case applies on the right only.
    OnlyRight,
}

/// The cases of both sides, compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// By case id.
    pub cases: BTreeMap<String, Compared>,
}

impl Comparison {
    /// Compares the snapshots of two sides.
    pub fn of(left: &Snapshots, right: &Snapshots) -> Self {
        let ids: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        let compare = |id: &String| match (left.get(id), right.get(id)) {
            (Some(left), Some(right)) => difference(left, right).map_or(Compared::Same, Compared::Differs),
            (Some(_), None) => Compared::OnlyLeft,
            (None, _) => Compared::OnlyRight,
        };
        Self { cases: ids.into_iter().map(|id| (id.clone(), compare(id))).collect() }
    }

    /// Whether no case differs, and none applies on one side only.
    pub fn is_same(&self) -> bool {
        self.cases.values().all(|compared| *compared == Compared::Same)
    }

    /// The counts by area, in columns; the last line is of all areas.
    pub fn table(&self, left: &str, right: &str) -> Vec<String> {
        let mut areas: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
        let mut all = [0; 5];
        for (id, compared) in &self.cases {
            let area = id.split('/').next().unwrap_or_default();
            let column = match compared {
                Compared::Same => 1,
                Compared::Differs(_) => 2,
                Compared::OnlyLeft => 3,
                Compared::OnlyRight => 4,
            };
            for counts in [areas.entry(area).or_default(), &mut all] {
                counts[0] += 1;
                counts[column] += 1;
            }
        }
        let only = |side| format!("only {side}");
        let head = ["area", "cases", "same", "differ", &only(left), &only(right)].map(str::to_owned);
        let row = |area: &str, counts: &[usize; 5]| {
            std::iter::once(area.to_owned()).chain(counts.iter().map(usize::to_string)).collect()
        };
        let mut rows = vec![head.to_vec()];
        rows.extend(areas.iter().map(|(area, counts)| row(area, counts)));
        rows.push(row("all", &all));
        table::align(&rows, 1)
    }

    /// What differs, a paragraph a case: where, and what each side has there.
    pub fn details(&self, left: &str, right: &str) -> Vec<String> {
        let width = left.chars().count().max(right.chars().count());
        let line = |side: &str, text: &Option<String>| {
            let text = text.as_deref().map_or("(nothing more)", str::trim);
            format!("\n  {side:width$}  {text}")
        };
        let detail = |(id, compared): (&String, &Compared)| match compared {
            Compared::Same => None,
            Compared::OnlyLeft => Some(format!("{id}\n  it applies to {left} only")),
            Compared::OnlyRight => Some(format!("{id}\n  it applies to {right} only")),
            Compared::Differs(found) => {
                let within =
                    found.within.as_ref().map(|within| format!("\n  in {within}")).unwrap_or_default();
                Some(format!("{id}{within}{}{}", line(left, &found.left), line(right, &found.right)))
            }
        };
        self.cases.iter().filter_map(detail).collect()
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn areas_and_details() {
        let side = |rows: &[(&str, &str)]| -> Snapshots {
            rows.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
        };
        let left = side(&[("a/1", "B one\n"), ("a/2", "B one\nB two\n"), ("b/1", "")]);
        let right = side(&[("a/1", "B one\n"), ("a/2", "B one\n"), ("b/2", "")]);
        let compared = Comparison::of(&left, &right);
        assert!(!compared.is_same() && Comparison::of(&left, &left).is_same());
        let table = [
            "area  cases  same  differ  only ours  only theirs",
            "a         2     1       1          0            0",
            "b         2     0       0          1            1",
            "all       4     1       1          1            1",
        ];
        assert_eq!(compared.table("ours", "theirs"), table);
        let details = [
            "a/2\n  ours    B two\n  theirs  (nothing more)",
            "b/1\n  it applies to ours only",
            "b/2\n  it applies to theirs only",
        ];
        assert_eq!(compared.details("ours", "theirs"), details);
    }
}
