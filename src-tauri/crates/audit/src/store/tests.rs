use super::*;

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are notes, long enough to be no SQLite header at all").unwrap();
    let error = Store::open(&text, BUSY).unwrap_err();
    assert!(matches!(error, AuditError::NotAStore { .. }), "{error}");
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("these are notes"));

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a); PRAGMA user_version = 1;").unwrap();
    let error = Store::open(&other, BUSY).unwrap_err();
    assert!(matches!(error, AuditError::NotAStore { .. }), "{error}");
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    drop(Store::open(&path, BUSY).unwrap());
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99;").unwrap();
    let error = Store::open(&path, BUSY).unwrap_err();
    assert!(matches!(error, AuditError::NewerStore { version: 99, .. }), "{error}");
    assert!(error.to_string().contains("update Pixelproof"));
    let version: i64 = Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn packed_bytes_come_back_and_damage_is_said() {
    let text = "<html>".repeat(1000);
    let packed = pack(text.as_bytes());
    assert!(packed.len() < 200);
    assert_eq!(unpack(&packed).unwrap(), text.as_bytes());
    for damaged in [&b"not zstd"[..], packed.split_at(packed.len() / 2).0] {
        assert!(matches!(unpack(damaged), Err(AuditError::Damaged(_))));
        assert_eq!(unpack(&packed).unwrap(), text.as_bytes(), "damage is not passed on");
    }
    assert_eq!(unpack(&pack(b"")).unwrap(), b"");
    let streamed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    assert_eq!(unpack(&streamed).unwrap(), text.as_bytes(), "as earlier versions packed it");
}

#[test]
fn a_lock_lives_as_long_as_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("a.db");
    assert!(!is_live(&store, "x"));
    let lock = LiveLock::take(&store, "x").unwrap();
    assert!(is_live(&store, "x"));
    drop(lock);
    assert!(!is_live(&store, "x"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_store_of_the_first_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("v1.sql")).unwrap();
    old.execute_batch("PRAGMA application_id = 0x50785072; PRAGMA user_version = 1;").unwrap();
    drop(old);
    let store = Store::open(&path, BUSY).unwrap();
    let lists = "SELECT count(*) FROM pages WHERE audit = 1 AND duplicates > 0 ORDER BY ord";
    let plan: String =
        store.read(|conn| Ok(conn.query_row(&format!("EXPLAIN QUERY PLAN {lists}"), [], |r| r.get(3))?)).unwrap();
    assert!(plan.contains("pages_duplicates"), "{plan}");
}

/// A store of the second version, as that version's SQL made it: an audit that ran when its program died, one page read.
const SECOND: &str = "
    INSERT INTO audits (key, id, start_url, host, mode, started, running, tool, config)
    VALUES (1, '20260101-000000-abcd', 'http://shop.test/', 'shop.test', 'source', '2026-01-01T00:00:00Z', 1, 'x', '{}');
    INSERT INTO pages (id, audit, ord, url, path, template, outcome, read, judged, due, active, untracked, failed,
                       duplicates, installs, events, findings, worst)
    VALUES (7, 1, 0, 'http://shop.test/', '/', '/', 'ok', 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0);
    INSERT INTO bodies (page, body) VALUES (7, x'00');
    PRAGMA application_id = 0x50785072;
    PRAGMA user_version = 2;";

#[test]
fn a_store_of_the_second_version_keeps_its_audits_and_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("v1.sql")).unwrap();
    old.execute_batch(include_str!("v2.sql")).unwrap();
    old.execute_batch(SECOND).unwrap();
    drop(old);
    let store = Store::open(&path, BUSY).unwrap();
    let judged: i64 = store.read(|conn| Ok(conn.query_row("SELECT judged FROM audits", [], |r| r.get(0))?)).unwrap();
    assert_eq!(judged, 0, "it died before it could be judged");
    let trail = store.read(|conn| progress::trail(conn, 1, "http://shop.test/")).unwrap();
    assert_eq!(trail, None, "its pages don't say what they led to");
    store.writer().call(|conn| progress::begin_again(conn, 1, &Default::default())).unwrap();
    let left: i64 = store.read(|conn| Ok(conn.query_row("SELECT count(*) FROM pages", [], |r| r.get(0))?)).unwrap();
    assert_eq!(left, 0, "so they are read again");
}
