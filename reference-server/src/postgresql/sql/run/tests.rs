use crate::postgresql::sql::testing::World;

/// Plays the statements of a file of PostgreSQL's answers, and compares.
fn plays(answers: &str) {
    let mut world = World::new();
    let mut wrong = Vec::new();
    let body = std::iter::once("")
        .chain(answers.lines())
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    for block in body.split("\n> ").filter(|block| !block.trim().is_empty()) {
        let (statement, expected) = block.split_once('\n').unwrap_or((block, ""));
        let given = world.ask(statement);
        if given.trim_end() != expected.trim_end() {
            wrong.push(format!("{statement}\n  PostgreSQL: {expected}\n  here: {given}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn statements_give_the_rows_and_the_errors_that_postgresql_gives() {
    plays(include_str!("answers.txt"));
}
