//! The case language as `cases/README.md` describes it: what its lines mean, and how they are laid out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use pgconform::case::{Action, Case, Inputs, Level, Missing, Step, Tls, Value, format};
use pgconform::clause::Clauses;
use pgconform::corpus::{self, Corpus};
use pgconform::transcript::{Connection, Event, Kept};
use pgconform_wire::{Backend, Kind, Side, message};
use std::time::Duration;
use support::{HEAD, Target, action, case, difference, expected, fits, outgoing, sent, steps};

const SKETCH: &str = r#"# An error inside an extended-query cycle discards every message up to Sync,
# and the session survives.
clause  flow.extended.error-recovery
level   must
needs   extended-query=full

login
F Parse statement="" query="SELECT 1/0"
F Bind
F Execute
F Query "SELECT 'ignored'"
F Sync
B ParseComplete
B BindComplete
B ErrorResponse code=22012
B ReadyForQuery I
"#;

#[test]
fn the_sketch_of_the_readme() {
    let case = case(SKETCH);
    assert_eq!(case.id, "x/y");
    assert_eq!(
        case.title,
        "An error inside an extended-query cycle discards every message up to Sync, and the session survives."
    );
    assert_eq!(case.clauses, ["flow.extended.error-recovery"]);
    assert_eq!(case.level, Some(Level::Must));
    assert_eq!(case.needs.len(), 1);
    assert_eq!(case.needs[0].to_string(), "extended-query=full");
    assert_eq!(case.steps.len(), 10);
    assert_eq!(case.steps[0].line, 7);
    assert_eq!(case.source, SKETCH);
    assert_eq!(case.steps[1].to_string(), r#"F Parse statement="" query="SELECT 1/0""#);
    assert_eq!(case.steps[9].to_string(), "B ReadyForQuery I");
    assert_eq!(format("y.case", SKETCH).unwrap(), SKETCH);
}

#[test]
fn the_head() {
    let case = case(
        "# Title.\n#\n# Not the title.\nclause a, b.c\nlevel may\nneeds tls=offered|required protocol=3.0 protocol=3.2\n\
         wild 27, 31\nsince 14\nuntil 17\nclient any\ntimeout 1500ms\nC query\n",
    );
    assert_eq!(case.title, "Title.");
    assert_eq!(case.clauses, ["a", "b.c"]);
    assert_eq!(case.level, Some(Level::May));
    assert_eq!(case.needs[0].values, ["offered", "required"]);
    let needs: Vec<_> = case.needs.iter().map(ToString::to_string).collect();
    assert_eq!(needs, ["tls=offered|required", "protocol=3.0", "protocol=3.2"]);
    assert_eq!(case.wild, [27, 31]);
    assert_eq!((case.since, case.until), (Some(14), Some(17)));
    assert_eq!(case.clients, ["any"]);
    assert_eq!(case.timeout, Some(Duration::from_millis(1500)));
}

#[test]
fn needs_are_met_by_claims() {
    let postgres = corpus::profile("postgres").unwrap();
    let needs = case("# T.\nclause a\nneeds extended-query=full|deferred dialect=other\nlogin\n").needs;
    assert!(needs[0].met_by(&postgres.claims));
    assert!(!needs[1].met_by(&postgres.claims));
}

#[test]
fn the_level_is_that_of_the_strictest_clause() {
    let mut clauses = Clauses::default();
    let clause = |id: &str, level: &str| {
        format!("[[clause]]\nid = \"{id}\"\nlevel = \"{level}\"\nsection = \"1\"\ntext = \"t\"\n")
    };
    let text = format!("source = \"S\"\n{}{}", clause("a.may", "may"), clause("a.should", "should"));
    clauses.add("c.toml", &text).unwrap();
    let level = |head: &str| case(&format!("# T.\n{head}\nlogin\n")).level(&clauses);
    assert_eq!(level("clause a.may"), Level::May);
    assert_eq!(level("clause a.may, a.should"), Level::Should);
    assert_eq!(level("clause a.may\nlevel must"), Level::Must);
}

#[test]
fn every_step() {
    assert_eq!(action("closed"), Action::Closed);
    assert_eq!(action("connect"), Action::Connect);
    assert_eq!(action("close"), Action::Close);
    assert_eq!(action("half-close"), Action::HalfClose);
    assert_eq!(action("reset"), Action::Reset);
    assert_eq!(action("silence 200ms"), Action::Silence(Duration::from_millis(200)));
    assert_eq!(action("silence:b 2s"), Action::Silence(Duration::from_secs(2)));
    assert_eq!(action("login"), Action::Login(Vec::new()));
    for (line, connection) in
        [("closed:b", "b"), ("close:c.d-e_1", "c.d-e_1"), ("F:b Sync", "b"), ("F Sync", "")]
    {
        assert_eq!(steps(line)[0].connection, connection);
        action(line);
    }
    assert!(matches!(steps("B? NoticeResponse\nB ReadyForQuery")[0].action, Action::Optional(_)));
    assert!(matches!(steps("B?:b NoticeResponse\nF Sync\nclosed:b")[0].action, Action::Optional(_)));

    assert_eq!(action("tls"), Action::Tls(Tls::default()));
    let Action::Tls(tls) = action("tls refused version=1.2 alpn=\"http/1.1\"") else { panic!() };
    assert!(tls.refused);
    assert_eq!((tls.version.as_deref(), tls.alpn.as_deref()), (Some("1.2"), Some("http/1.1")));

    let Action::Login(args) = action("login version=3.2 application_name=x \"a b\"=\"\"") else { panic!() };
    assert_eq!(args[2].name.as_deref(), Some("a b"));
    assert_eq!(args[1].bytes(&Target), Ok(Some(b"x".to_vec())));

    let upto = steps("F Query @sql.one-row\nB ...\nB ReadyForQuery I");
    assert_eq!(upto[1].action, Action::Until);
    assert_eq!(upto[1].to_string(), "B ...");
}

#[test]
fn real_clients() {
    let case = case(
        "# T.\nclause a\nclient psql, pgjdbc\nC query \"SELECT 1\" rows=[[1 null] {a=b}]\n= rows ~\"*1*\"\n\
         = done tag=\"SELECT 1\"\n",
    );
    let Action::Ask(ask) = &case.steps[0].action else { panic!() };
    assert_eq!(ask.operation, "query");
    assert_eq!(ask.args[0].value, Value::Text(b"SELECT 1".to_vec()));
    assert_eq!(case.steps[0].to_string(), "C query \"SELECT 1\" rows=[[1 null] {a=b}]");
    let Action::Outcome(outcome) = &case.steps[1].action else { panic!() };
    assert_eq!(outcome.word, "rows");
    assert_eq!(outcome.args[0].matches(Some(b"312"), &Target), Ok(true));
    assert_eq!(outcome.args[0].matches(Some(b"32"), &Target), Ok(false));
    assert_eq!(outcome.args[0].matches(None, &Target), Ok(false));
}

#[test]
fn what_the_frontend_sends() {
    assert_eq!(sent("F Sync"), b"S\0\0\0\x04");
    assert_eq!(sent("F Query \"\""), b"Q\0\0\0\x05\0");
    assert_eq!(sent("F Query begin"), b"Q\0\0\0\x0abegin\0");
    assert_eq!(
        sent("F Query query=\"\\x00\\xff\\n\\r\\t\\\"\\\\é\""),
        b"Q\0\0\0\x0e\0\xff\n\r\t\"\\\xc3\xa9\0"
    );
    assert_eq!(sent("F hex 51000000 04"), b"Q\0\0\0\x04");
    assert_eq!(sent("F Query @sql.one-row"), b"Q\0\0\0\x13SELECT 'hello'\0");
    assert_eq!(sent("F Parse \"\" x 23 0"), b"P\0\0\0\x11\0x\0\0\x02\0\0\0\x17\0\0\0\0");
    assert_eq!(sent("F Parse \"\" x types=[23 0]"), sent("F Parse \"\" x [23 0]"));
    assert_eq!(
        sent("F Bind \"\" \"\" [] [null \"\"] []"),
        b"B\0\0\0\x14\0\0\0\0\0\x02\xff\xff\xff\xff\0\0\0\0\0\0"
    );
    let repeated = action("F Bind formats=[1 0 * 4 1] values=[\"x\" * 5 null null]");
    let spelled = "F Bind formats=[1 0 0 0 0 1] values=[\"x\" \"x\" \"x\" \"x\" \"x\" null * 2]";
    assert_eq!(steps(spelled)[0].action, repeated);
    assert_eq!(sent("F Describe S \"\""), b"D\0\0\0\x06S\0");
    assert_eq!(sent("F Describe 0x00 \"\""), b"D\0\0\0\x06\0\0");
    assert_eq!(sent("F SSLRequest"), b"\0\0\0\x08\x04\xd2\x16\x2f");
    assert_eq!(sent("F StartupMessage"), b"\0\0\0\x09\0\x03\0\0\0");
    assert_eq!(
        sent("F StartupMessage version=3.2 user=@user user=bob _pq_.x=1"),
        b"\0\0\0\x26\0\x03\0\x02user\0alice\0user\0bob\0_pq_.x\x001\0\0"
    );
    assert_eq!(
        sent("F CancelRequest process=@backend.process key=@backend.key"),
        b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\0Mkey!"
    );
    assert_eq!(outgoing("F Sync").kind(), Some(Kind::Sync));
    assert_eq!(outgoing("F hex 00").kind(), None);
}

#[test]
fn an_input_may_be_missing() {
    let missing = outgoing("F PasswordMessage @password.expired").encode(&Target).unwrap_err();
    assert_eq!(missing, Missing("password.expired".to_owned()));
    assert_eq!(missing.to_string(), "the target has no `@password.expired`");
    // A value that is there but is no number is as good as none.
    struct Odd;
    impl Inputs for Odd {
        fn get(&self, _: &str) -> Option<Vec<u8>> {
            Some(b"odd".to_vec())
        }
    }
    let odd = outgoing("F CancelRequest @backend.process").encode(&Odd);
    assert_eq!(odd, Err(Missing("backend.process".to_owned())));
}

#[test]
fn a_split_belongs_to_the_next_frame() {
    let steps = steps("split 1 4\nF:b Sync\nF Sync");
    let [
        Step { line: 4, connection, action: Action::Send(first) },
        Step { action: Action::Send(second), .. },
    ] = steps.as_slice()
    else {
        panic!("{steps:?}")
    };
    assert_eq!((connection.as_str(), &first.cuts[..], &second.cuts[..]), ("b", &[1, 4][..], &[][..]));
}

/// A frame as the backend would send it.
fn kept(message: impl Into<Backend<'static>>) -> Kept {
    let mut connection = Connection::named("");
    let mut bytes = Vec::new();
    message.into().encode(&mut bytes).unwrap();
    connection.push(Side::Backend, &bytes);
    let Event::Frame(kept) = connection.events.remove(0) else { panic!() };
    kept
}

#[test]
fn what_the_backend_must_send() {
    let ready = kept(message::ReadyForQuery { status: b'T' });
    fits("B ReadyForQuery", &ready);
    fits("B ReadyForQuery T", &ready);
    fits("B ReadyForQuery status=T", &ready);
    fits("B hex 5a000000 0554", &ready);
    assert_eq!(expected("B ReadyForQuery I").kind(), Some(Kind::ReadyForQuery));
    assert_eq!(difference("B ReadyForQuery I", &ready), "status is T, expected I");
    assert_eq!(difference("B hex 4e", &ready), "the bytes are 5a000000 0554, expected hex 4e");
    assert_eq!(
        difference("B ErrorResponse code=22012", &ready),
        "`B 5 ReadyForQuery T` came, expected `B ErrorResponse code=22012`"
    );

    let row = kept(message::DataRow { values: vec![Some("1".into()), None] });
    fits("B DataRow", &row);
    fits("B DataRow 1 null", &row);
    fits("B DataRow [1 null]", &row);
    fits("B DataRow values=[~\"*\" null]", &row);
    assert_eq!(
        difference("B DataRow 2 1", &row),
        "values[0] is \"1\", expected 2; values[1] is null, expected 1"
    );
    assert_eq!(difference("B DataRow 1 ~\"*\"", &row), "values[1] is null, expected ~\"*\"");
    assert_eq!(difference("B DataRow []", &row), "values has 2 items, expected 0");

    let column = message::Column { name: "id".into(), type_oid: 23, size: 4, ..Default::default() };
    let columns = kept(message::RowDescription { columns: vec![column] });
    fits("B RowDescription {name=\"id\" type=23}", &columns);
    fits("B RowDescription {id 0 0 23}", &columns);
    fits("B RowDescription {}", &columns);
    assert_eq!(
        difference("B RowDescription {name=\"x\" type=25}", &columns),
        "columns[0].name is \"id\", expected \"x\"; columns[0].type is 23, expected 25"
    );

    let version =
        kept(message::NegotiateProtocolVersion { version: 196_608, options: vec!["_pq_.x".into()] });
    fits("B NegotiateProtocolVersion 3.0 _pq_.x", &version);
    assert_eq!(difference("B NegotiateProtocolVersion 3.2", &version), "version is 3.0, expected 3.2");
}

#[test]
fn reports_by_the_names_of_their_fields() {
    let field = |(code, text): &(u8, &'static str)| (*code, (*text).into());
    let fields =
        [(b'S', "ERROR"), (b'C', "42601"), (b'M', "access denied here"), (b'Y', "new"), (b'D', "null")];
    let error = kept(message::ErrorResponse { fields: fields.iter().map(field).collect() });
    fits("B ErrorResponse", &error);
    fits("B ErrorResponse code=42601 message~\"*denied*\" hint=absent Y=new detail=null", &error);
    assert_eq!(difference("B ErrorResponse code=22012", &error), "code is 42601, expected 22012");
    assert_eq!(
        difference("B ErrorResponse message=no code~\"22*\" hint=x severity=absent hint~\"*\"", &error),
        "message is \"access denied here\", expected no; code is 42601, expected ~\"22*\"; \
         hint is absent, expected x; severity is \"ERROR\", expected absent; hint is absent, expected ~\"*\""
    );
}

#[test]
fn no_mismatch_tells_a_secret() {
    let key = kept(message::BackendKeyData { process: 1, key: "topsecret".into() });
    fits("B BackendKeyData key=\"topsecret\"", &key);
    assert_eq!(
        difference("B BackendKeyData 2 \"othersecret\"", &key),
        "process is 1, expected 2; key is not the secret expected"
    );
    assert!(!difference("B ReadyForQuery", &key).contains("topsecret"));
    assert!(!difference("B hex 00", &key).contains("746f70"));
    let status = kept(message::ParameterStatus { name: "x".into(), value: "hunter3".into() });
    assert_eq!(difference("B ParameterStatus x @password", &status), "value is not the secret expected");
    assert_eq!(difference("B ParameterStatus x @user", &status), "value is \"hunter3\", expected @user");
    assert_eq!(difference("B ParameterStatus @user.other", &status), "the target has no `@user.other`");
}

#[test]
fn a_malformed_frame_is_told_by_its_field() {
    let mut connection = Connection::named("");
    connection.push(Side::Backend, b"Z\0\0\0\x04");
    let Event::Frame(kept) = &connection.events[0] else { panic!() };
    let told = difference("B ReadyForQuery", kept);
    assert_eq!(told, "ReadyForQuery.status at byte 5: needs 1 bytes, the message has 0 left");
}

#[test]
fn inputs_are_listed() {
    let case =
        case("# T.\nclause a\nlogin user=@user.bad\nF Bind values=[@password 1]\nB DataRow @sql.one-row\n");
    let names: Vec<_> = case.inputs().into_iter().collect();
    assert_eq!(names, ["password", "sql.one-row", "user.bad"]);
    let case = self::case("# T.\nclause a\nclient any\nC open @database\n= error {x=@user}\n");
    assert_eq!(case.inputs().into_iter().collect::<Vec<_>>(), ["database", "user"]);
}

#[test]
fn examples_stamp_out_cases() {
    let text = "# T.\nclause a\nexamples\n| name | sql | code |\n| one | \"a \\| <b> <code>\" | 1 |\n# why\n\
                | two | x | 2 |\n\nF Query <sql>\nB ErrorResponse code=<code> message=\"<code> <x>\"\n";
    let cases = Case::parse("x/y", "y.case", text).unwrap();
    let ids: Vec<_> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["x/y#one", "x/y#two"]);
    assert_eq!(cases[0].steps[0].to_string(), "F Query \"a | <b> <code>\"");
    assert_eq!(cases[0].steps[1].to_string(), "B ErrorResponse code=1 message=\"1 <x>\"");
    assert_eq!(cases[1].steps[0].to_string(), "F Query x");
    assert_eq!(cases[1].steps[0].line, 9);
}

/// A case without what its layout may change.
fn content(text: &str) -> Vec<Case> {
    let mut cases = Case::parse("x/y", "y.case", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for case in &mut cases {
        case.source.clear();
        case.steps.iter_mut().for_each(|step| step.line = 0);
    }
    cases
}

/// The layout of `text`, which means the same and is its own layout.
#[track_caller]
fn formatted(text: &str) -> String {
    let formatted = format("y.case", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(format("y.case", &formatted).as_ref(), Ok(&formatted), "{text}");
    assert_eq!(content(&formatted), content(text), "{formatted}");
    formatted
}

#[test]
fn the_layout() {
    let messy = "\n\n#A title.\n#   \n# More.\t\nclause   a,b\nneeds\ttls=refused   auth=md5|trust\nwild 1,2\n\n\n\
                 # Why.\nexamples\n|a|bb|\n| x|p\\|q|\n\n| long |é|\n  login   user=x\nF   Query  \"a  b\\x41<bb>\"\n\
                 # Also why.\nB   DataRow  [ 1   \"[ \" ]   \r\nB RowDescription { name=x } \n\n\n\
                 F hex  51   00000004\n\n";
    let neat = "# A title.\n#\n# More.\nclause  a, b\nneeds   tls=refused auth=md5|trust\nwild    1, 2\n\n\
                # Why.\nexamples\n| a    | bb   |\n| x    | p\\|q |\n\n| long | é    |\n\nlogin user=x\n\
                F Query \"a  b\\x41<bb>\"\n# Also why.\nB DataRow [1 \"[ \"]\nB RowDescription {name=x}\n\n\
                F hex 51 00000004\n";
    assert_eq!(formatted(messy), neat);
    // A comment above the first step stays above it.
    let commented = "# T.\nclause  a\n\n# Why.\nlogin\n";
    assert_eq!(formatted(commented), commented);
    assert_eq!(formatted("# T.\nclause a\n# Why.\nlogin\n"), commented);
}

#[test]
fn tricky_lines_keep_their_meaning() {
    for body in [
        "F Query \"\"",
        "F Query \"  \\\"  ]  {  \"",
        "F Query \"\\\\\"",
        "F Query \"\\x00\\xff\\xC3\\n\"",
        "F Query \"é\u{200b}\u{7f}\t\"",
        "F Query \"# no comment | no bar <no column>\"",
        "F StartupMessage \"\"=\"\" \"a=b\"=\"~\" _pq_.x=\"\"",
        "F Bind formats=[0 * 65535] values=[ null * 3  \"*\" * 4 ]",
        "B RowDescription [{name=a} * 5]\nB DataRow values=[~\"*\" * 5]",
        "F Bind values=[ null \"null\" null ] result_formats=[]",
        "B ErrorResponse code=null detail=absent hint=\"absent\" message~\"**\"",
        "B ErrorResponse 0x01=x X=\"\"",
        "B DataRow [ ]",
        "B DataRow  ~\"\" @user null",
        "B RowDescription { } {a 1} {name=\"{\" format=-1}",
        "split 1  2\n\n\nF:b.c-d_e  Sync",
        "B ...\n# why\n\nB ReadyForQuery 0x49",
        "tls\nlogin a=1\nclosed",
    ] {
        let text = format!("{HEAD}{body}\n");
        formatted(&text);
        // The printed steps are the parsed ones.
        let steps = content(&text).remove(0).steps;
        let printed: String = steps.iter().map(printed).collect();
        assert_eq!(content(&format!("{HEAD}{printed}"))[0].steps, steps, "{printed}");
    }
}

fn printed(step: &Step) -> String {
    match &step.action {
        Action::Send(outgoing) if !outgoing.cuts.is_empty() => {
            let cuts: Vec<_> = outgoing.cuts.iter().map(ToString::to_string).collect();
            format!("split {}\n{step}\n", cuts.join(" "))
        }
        _ => format!("{step}\n"),
    }
}

#[test]
fn every_built_in_case_prints_back() {
    let corpus = Corpus::embedded().unwrap_or_else(|error| panic!("{error}"));
    assert!(corpus.clauses.iter().next().is_some());
    for case in &corpus.cases {
        formatted(&case.source);
        let steps: String = case.steps.iter().map(printed).collect();
        let client = if case.clients.is_empty() { "" } else { "client any\n" };
        let again = content(&format!("{HEAD}{client}{steps}")).remove(0).steps;
        let mut steps = case.steps.clone();
        steps.iter_mut().for_each(|step| step.line = 0);
        assert_eq!(again, steps, "{}", case.id);
    }
}
