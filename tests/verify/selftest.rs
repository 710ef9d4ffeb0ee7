//! The self-test of a whole core in simulation.

use serde_json::{Value, json};

use crate::support::{json_lines, succeed};

#[test]
fn simulated_hardware_passes_its_self_test() {
    let lines = json_lines(&succeed(&["selftest", "--board", "sim", "--core", "gowin", "--json"]));
    let verdicts: Vec<&Value> = lines.iter().map(|line| &line["verdict"]).collect();
    assert_eq!(verdicts, ["pass"; 7]);
    let (identity, summary) = (&lines[0]["figures"], lines.last().unwrap());
    assert_eq!(identity["boards"], json!(["tang-nano-9k", "tang-nano-20k"]));
    assert_eq!((&summary["responder"], &summary["baud"]), (&"simulation".into(), &Value::Null));
}
