//! How the system schedules this process: most of the tails of latencies come from there.

/// The scheduling class, its priority and the niceness, in words.
pub(super) fn policy() -> String {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the process, in brackets, may hold blanks.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3).copied().unwrap_or_default();
    let (niceness, priority) = (field(19), field(40));
    match field(41) {
        "" => "unknown".to_owned(),
        "1" => format!("SCHED_FIFO, priority {priority}"),
        "2" => format!("SCHED_RR, priority {priority}"),
        _ => format!("SCHED_OTHER, nice {niceness}"),
    }
}
