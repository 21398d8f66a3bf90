use super::*;
use pgconform_wire::message::{
    BackendKeyData, Column, ErrorResponse, FunctionCallResponse, ParameterStatus, RowDescription,
};
use pgconform_wire::{Backend, Text};

fn case(text: &str) -> Case {
    let text = format!("# A case.\nclause  flow.simple\n\n{text}");
    Case::parse("a/b", "cases/a/b.case", &text).unwrap().remove(0)
}

/// The snapshot of what a backend sent at the start of a session.
fn snapshot_of(messages: Vec<Backend<'_>>) -> String {
    let mut connection = Connection::named("");
    for message in messages {
        let mut bytes = Vec::new();
        message.encode(&mut bytes).unwrap();
        connection.push(Side::Backend, &bytes);
    }
    snapshot(&Transcript { connections: vec![connection] }, &case("login\n"))
}

#[test]
fn what_varies_is_replaced_and_named() {
    let fields = vec![(b'C', Text(b"42601")), (b'F', Text(b"scan.l")), (b'L', Text(b"1244"))];
    let column = Column { table: 17_001, type_oid: 17_002, ..Column::default() };
    let again = Column { table: 17_001, type_oid: 23, ..Column::default() };
    let text = snapshot_of(vec![
        ParameterStatus { name: "server_version".into(), value: "18.4".into() }.into(),
        ParameterStatus { name: "TimeZone".into(), value: "UTC".into() }.into(),
        BackendKeyData { process: 4711, key: Text(b"\x01\x02\x03\x04") }.into(),
        RowDescription { columns: vec![column, again] }.into(),
        ErrorResponse { fields }.into(),
    ]);
    let mut lines = text.lines().filter(|line| !line.starts_with(' '));
    let names = "masked: BackendKeyData.key, BackendKeyData.process, ErrorResponse.file, ErrorResponse.line, \
                 ParameterStatus.server_version, RowDescription.table, RowDescription.type";
    assert_eq!(lines.next(), Some(names));
    assert_eq!(lines.next(), Some(r#"B 22 ParameterStatus name="server_version" value="18""#));
    assert_eq!(lines.next(), Some(r#"B 17 ParameterStatus name="TimeZone" value="UTC""#));
    assert_eq!(lines.next(), Some("B 12 BackendKeyData process=0 key=<masked>"));
    let columns = lines.next().unwrap();
    assert!(
        columns.contains("table=16384 number=0 type=16385")
            && columns.contains("table=16384 number=0 type=23")
    );
    assert_eq!(lines.next(), Some(r#"B 18 ErrorResponse code=42601 file="*" line="*""#));
    assert!(!text.contains("01020304") && text.contains("xxxxxx xx"), "{text}");
}

#[test]
fn temporary_schemas_and_process_ids_in_values() {
    let place = Text(b"function pg_temp_12.f(), pg_temp_3.g(), pg_temp_x");
    let fields = vec![(b'W', place), (b's', Text(b"pg_temp_4")), (b'M', Text(b"pg_temp_5"))];
    let text = snapshot_of(vec![
        BackendKeyData { process: 4711, key: Text(b"") }.into(),
        FunctionCallResponse { value: Some(Text(b"4711")) }.into(),
        FunctionCallResponse { value: Some(Text(b"4712")) }.into(),
        ErrorResponse { fields }.into(),
    ]);
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with('B')).collect();
    assert_eq!(lines[1..3], [r#"B 9 FunctionCallResponse "0""#, r#"B 12 FunctionCallResponse "4712""#]);
    let masked =
        r#"where="function pg_temp_0.f(), pg_temp_0.g(), pg_temp_x" schema="pg_temp_0" message="pg_temp_5""#;
    assert!(lines[3].ends_with(masked), "{}", lines[3]);
}

#[test]
fn an_end_counts_where_a_step_waits_for_it() {
    let end = |text: &str, line: usize, farewell: Option<usize>| {
        let mut connection = Connection::named("");
        connection.at = line;
        connection.note(Event::Reset(Side::Backend));
        connection.farewell = farewell;
        normalise(&Transcript { connections: vec![connection] }, &case(text)).0.lines()
    };
    assert_eq!(end("login\nclosed\n", 5, None), ["B closed"]);
    assert_eq!(end("login\nclosed\n", 4, None), [""; 0]);
    assert_eq!(end("login\nclosed\n", 5, Some(0)), [""; 0]);
}

#[test]
fn differences() {
    let difference =
        |left, right| difference(left, right).map(|found| (found.within, found.left, found.right));
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(difference("masked: a\nB one\n  00\n", "masked: b\nB one\n  00\n"), None);
    assert_eq!(difference("B one\n", "B two\n"), Some((None, some("B one"), some("B two"))));
    assert_eq!(
        difference("B one\n  00\n", "B one\n  01\n"),
        Some((some("B one"), some("  00"), some("  01")))
    );
    assert_eq!(difference("B one\n", "B one\nB two\n"), Some((None, None, some("B two"))));
}
