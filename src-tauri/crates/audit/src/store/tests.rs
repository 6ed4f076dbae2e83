use super::*;

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "these are notes, long enough to be no SQLite header at all").unwrap();
    let error = Store::open(&text).unwrap_err();
    assert!(matches!(error, AuditError::NotAStore { .. }), "{error}");
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("these are notes"));

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a); PRAGMA user_version = 1;").unwrap();
    let error = Store::open(&other).unwrap_err();
    assert!(matches!(error, AuditError::NotAStore { .. }), "{error}");
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    drop(Store::open(&path).unwrap());
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99;").unwrap();
    let error = Store::open(&path).unwrap_err();
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
    assert!(matches!(unpack(b"not zstd"), Err(AuditError::Damaged(_))));
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
    let store = Store::open(&path).unwrap();
    let lists = "SELECT count(*) FROM pages WHERE audit = 1 AND duplicates > 0 ORDER BY ord";
    let plan: String =
        store.read(|conn| Ok(conn.query_row(&format!("EXPLAIN QUERY PLAN {lists}"), [], |r| r.get(3))?)).unwrap();
    assert!(plan.contains("pages_duplicates"), "{plan}");
}
