use crate::postgresql::sql::testing::World;

#[test]
fn tmp() {
    let mut world = World::new();
    world.table("t", &[("a", 23, false, Some("7")), ("b", 25, false, None)]);
    world.table("u", &[("a", 23, false, None), ("c", 25, false, None)]);
    for sql in std::fs::read_to_string("/tmp/q.sql").unwrap().split(";\n") {
        if sql.trim().is_empty() {
            continue;
        }
        println!("-- {}", sql.trim());
        println!("{}", world.ask(sql.trim()));
    }
}
