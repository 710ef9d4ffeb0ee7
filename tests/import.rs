//! Networks of other frameworks, imported, shown and run by the program.

use std::path::Path;

use recording::{Array, Tree, Values};

use crate::support::{Folder, json_lines, motorsrnn, refuses, shared_data, succeed};

fn shared(name: &str) -> Option<String> {
    shared_data(&format!("nir/{name}")).map(|path| path.to_str().unwrap().to_owned())
}

#[test]
fn a_network_of_snntorch_is_imported_checked_shown_and_run() {
    let (Some(network), Some(trace)) = (shared("snntorch_rleaky.nir"), shared("snntorch_rleaky_trace.npz")) else {
        return;
    };
    let folder = Folder::new();
    let (image, page) = (folder.path("rleaky.img"), folder.path("page.html"));
    let arguments = [
        "import",
        &network,
        "-o",
        &image,
        "--from",
        "snntorch",
        "--reset",
        "zero",
        "--reset-delay",
        "no",
        "--check",
        &trace,
        "--html",
        &page,
    ];
    let text = succeed(&arguments);
    for part in
        ["float twin   0 of 1600 values differ", "always on", "4 counters", "counts of spikes", "rlif.lif: F1 0.9"]
    {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
    assert_eq!(folder.names(), ["page.html", "rleaky.img", "rleaky.img.json"]);
    assert!(std::fs::read_to_string(&page).unwrap().contains("rlif.lif"));

    let shown = succeed(&["info", &image]);
    assert!(shown.contains("imported     snntorch_rleaky.nir") && shown.contains("4 counters"), "{shown}");
    let info = &json_lines(&succeed(&["info", &image, "--json"]))[0];
    assert_eq!(info["import"]["outputs"][0]["name"], "output[0]");
    assert!(info["companion"].is_null());

    let (json, npz) = (folder.path("rleaky.json"), folder.path("rleaky.npz"));
    succeed(&["export", &image, "--to", "json", "-o", &json]);
    let exported = &json_lines(&std::fs::read_to_string(&json).unwrap())[0];
    assert!(exported["neurons"].as_array().unwrap().iter().any(|neuron| neuron["name"] == "rlif.lif[3]"));
    succeed(&["export", &image, "--to", "npz", "-o", &npz, "--events", &trace]);
    assert!(std::fs::metadata(&npz).unwrap().len() > 1_000);

    let lines = json_lines(&succeed(&["decode", &trace, "-n", &image, "--json"]));
    assert_eq!(lines.len(), 401);
    let last = &lines[399]["values"];
    // Spikes that snnTorch counted: 144, 248, 3 and 0.
    for (found, expected) in last.as_array().unwrap().iter().zip([144.0, 248.0, 3.0, 0.0]) {
        assert!((found.as_f64().unwrap() - expected).abs() <= 8.0, "{last}");
    }
    assert_eq!(lines[400]["kind"], "imported_decoding");
}

#[test]
fn an_imported_network_gives_the_same_scores_in_simulated_hardware() {
    let (Some(network), Some(trace)) = (shared("snntorch_rleaky.nir"), shared("snntorch_rleaky_trace.npz")) else {
        return;
    };
    let folder = Folder::new();
    let image = folder.path("rleaky.img");
    succeed(&["import", &network, "-o", &image, "--from", "snntorch", "--reset", "zero", "--reset-delay", "no"]);
    let text = succeed(&["decode", &trace, "-n", &image, "--board", "sim"]);
    assert!(text.contains("agrees, bit for bit"), "{text}");
    let report = succeed(&["selftest", "--board", "model", "--network", &image, "--json"]);
    let misfit = ["selftest", "--board", "model", "--core", "ecp5-25f", "--network", &image];
    refuses(1, &misfit, &["does not fit the core ecp5-25f", "leave out `--core`"]);
    let golden = json_lines(&report).into_iter().find(|line| line["step"] == "golden").unwrap();
    assert!(golden["verdict"] == "pass" && golden["figures"]["networks"] == 9, "{golden}");
}

#[test]
fn what_a_file_does_not_say_is_asked_for_by_option() {
    let Some(network) = shared("braille_noDelay_bias_zero.nir") else { return };
    let arguments = ["import", &network, "--dry-run", "--from", "snntorch"];
    refuses(1, &arguments, &["lif1.lif, lif2", "reset_mechanism", "set it with `--reset`"]);
    let arguments = ["import", &network, "--dry-run", "--from", "nir", "--reset", "zero"];
    refuses(1, &arguments, &["`--dt`", "`--integrator`", "`--reset-delay`"]);
}

#[test]
fn events_that_do_not_suit_the_network_are_refused_and_nothing_is_written() {
    let (Some(network), Some(trace)) = (shared("snn2_indy_20160622_01.nir"), shared("snntorch_rleaky_trace.npz"))
    else {
        return;
    };
    let folder = Folder::new();
    let image = folder.path("snn2.img");
    let arguments = ["import", &network, "-o", &image, "--from", "snntorch", "--reset", "zero", "--calibrate", &trace];
    refuses(1, &arguments, &["array `x` has the shape [400, 1, 12], where [ticks, 96] is due"]);
    assert!(folder.names().is_empty());
}

#[test]
fn the_length_of_a_tick_is_not_guessed_where_events_come_at_times() {
    let Some(network) = shared("snntorch_rleaky.nir") else { return };
    let recording = format!("{}/../examples/centre_out.nwb", env!("CARGO_MANIFEST_DIR"));
    let options =
        ["--dry-run", "--from", "snntorch", "--reset", "zero", "--reset-delay", "no", "--calibrate", &recording];
    let import = [&["import", &network][..], &options].concat();
    refuses(1, &import, &["how long a tick of the network is", "0.1 ms"]);
    refuses(1, &[&import[..], &["--tick-ms", "4"]].concat(), &["it has 64 units, and the network 12 channels"]);
}

#[test]
fn an_import_never_overwrites_its_input() {
    let Some(network) = shared("lif_norse.nir") else { return };
    let folder = Folder::new();
    let copy = folder.path("net.nir");
    std::fs::copy(network, &copy).unwrap();
    refuses(1, &["import", &copy, "-o", &copy, "--from", "norse"], &["it would overwrite the input"]);
}

#[test]
fn an_exported_graph_is_imported_to_the_same_bytes_and_its_run_is_events_again() {
    let (Some(network), Some(trace)) = (shared("snntorch_rleaky.nir"), shared("snntorch_rleaky_trace.npz")) else {
        return;
    };
    let folder = Folder::new();
    let (image, graph, again) = (folder.path("a.img"), folder.path("a.nir"), folder.path("b.img"));
    let options = ["--from", "snntorch", "--reset", "zero", "--reset-delay", "no", "--calibrate", &trace];
    succeed(&[&["import", &network, "-o", &image][..], &options].concat());
    let text = succeed(&["export", &image, "--to", "nir", "-o", &graph]);
    assert!(text.contains("not in NIR   the reset of each node") && text.contains("--reset "), "{text}");
    let text = succeed(&[&["import", &graph, "-o", &again][..], &options].concat());
    assert!(text.contains("integers     of an earlier import"), "{text}");
    assert_eq!(std::fs::read(&image).unwrap(), std::fs::read(&again).unwrap());
    assert_eq!(std::fs::read(folder.path("a.img.json")).unwrap(), std::fs::read(folder.path("b.img.json")).unwrap());
    let other_core = ["import", &graph, "--dry-run", "--from", "snntorch", "--core", "gowin"];
    refuses(1, &other_core, &["carries the integers of an import with core up5k, not gowin"]);
    for (option, value, part) in [("--synapses", "10", "not at most 10"), ("--tick-ms", "4", "ticks in ms of")] {
        refuses(1, &["import", &graph, "--dry-run", "--from", "snntorch", option, value], &[part]);
    }

    let run = folder.path("run.h5");
    refuses(1, &["export", &image, "--to", "nirdata", "-o", &run], &["there are no events to run on", "`--events`"]);
    succeed(&["export", &image, "--to", "nirdata", "-o", &run, "--events", &trace]);
    let decoded = succeed(&["decode", &run, "-n", &image]);
    assert!(decoded.contains(", 400 ticks"), "{decoded}");
}

fn warnings_of(arguments: &[&str]) -> String {
    String::from_utf8(motorsrnn(arguments).stderr).unwrap()
}

#[test]
fn options_that_do_not_say_what_the_framework_did_are_warned_of() {
    let (Some(network), Some(trace)) =
        (shared("snntorch_seq_rsynaptic.nir"), shared("snntorch_seq_rsynaptic_trace.npz"))
    else {
        return;
    };
    let import = ["import", &network, "--dry-run", "--from", "snntorch", "--check", &trace, "--reset"];
    let warnings = warnings_of(&[&import[..], &["subtract", "--reset-delay", "yes"]].concat());
    for part in ["the float twin is far from the outputs", "of 1600 values differ", "`--reset-delay`", "`--from`"] {
        assert!(warnings.contains(part), "no `{part}` in: {warnings}");
    }
    let warnings = warnings_of(&[&import[..], &["zero,3=subtract", "--reset-delay", "yes,3=no"]].concat());
    assert!(!warnings.contains("float twin"), "{warnings}");
}

#[test]
fn an_archive_of_events_is_no_network() {
    let Some(trace) = shared("snntorch_rleaky_trace.npz") else { return };
    let import = ["import", &trace, "--dry-run", "--from", "snntorch"];
    refuses(1, &import, &["it is an archive of NumPy", "not a NIR file", "`nir.write`"]);
}

#[test]
fn outputs_of_every_tick_are_written_as_csv() {
    let (Some(network), Some(trace)) = (shared("snntorch_rleaky.nir"), shared("snntorch_rleaky_trace.npz")) else {
        return;
    };
    let folder = Folder::new();
    let (image, csv) = (folder.path("net.img"), folder.path("out.csv"));
    succeed(&["import", &network, "-o", &image, "--from", "snntorch", "--reset", "zero", "--reset-delay", "no"]);
    let decode = ["decode", &trace, "-n", &image];
    let lines = json_lines(&succeed(&[&decode[..], &["--csv", &csv, "--json"]].concat()));
    let text = std::fs::read_to_string(&csv).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|row| row.split(',').collect()).collect();
    assert_eq!(rows[0], ["tick", "output[0]", "output[1]", "output[2]", "output[3]"]);
    assert_eq!(rows.len(), 401);
    assert_eq!(rows[400][0], "399");
    assert_eq!(rows[400][1].parse::<f64>().unwrap(), lines[399]["values"][0].as_f64().unwrap());
    refuses(1, &[&decode[..], &["--csv", &image]].concat(), &["it would overwrite the input"]);
    refuses(1, &[&decode[..], &["--plot", &csv]].concat(), &["`--target`", "`--csv`"]);
}

#[test]
fn an_exported_graph_that_was_changed_says_how_it_is_to_be_read() {
    let Some(network) = shared("snntorch_rleaky.nir") else { return };
    let folder = Folder::new();
    let (image, graph) = (folder.path("net.img"), folder.path("net.nir"));
    let options = ["--from", "snntorch", "--reset", "zero", "--reset-delay", "no"];
    succeed(&[&["import", &network, "-o", &image][..], &options].concat());
    succeed(&["export", &image, "--to", "nir", "-o", &graph]);
    let mut tree = Tree::read(Path::new(&graph), 1 << 26).unwrap();
    let path = ["node", "nodes", "input_to_rlif.lif", "weight"];
    let weight = path.iter().fold(&mut tree, |tree, name| match tree {
        Tree::Group(members) => members.get_mut(*name).unwrap(),
        _ => panic!("{name} is in no group"),
    });
    let Tree::Array(Array { values: Values::Real(values), .. }) = weight else { panic!("no weights") };
    values[0] += 0.1;
    std::fs::write(&graph, tree.to_bytes().unwrap()).unwrap();
    let warnings = warnings_of(&[
        "import",
        &graph,
        "--dry-run",
        "--from",
        "nir",
        "--dt",
        "1e-4",
        "--integrator",
        "exp",
        "--reset",
        "zero",
        "--reset-delay",
        "no",
    ]);
    assert!(warnings.contains("changed since, so it is to be read with --from nir --dt"), "{warnings}");
}

#[test]
fn several_events_of_a_tick_are_counted_where_the_import_says_so() {
    let (Some(network), Some(events)) = (shared("snntorch_rleaky.nir"), shared("spikes_events.nirdata.h5")) else {
        return;
    };
    let folder = Folder::new();
    let image = folder.path("counts.img");
    let options = ["--from", "snntorch", "--reset", "zero", "--reset-delay", "no", "--max-count", "2"];
    let text = succeed(&[&["import", &network, "-o", &image][..], &options].concat());
    assert!(text.contains("24 channels"), "{text}");
    refuses(
        1,
        &["decode", &events, "-n", &image],
        &["no node in it has events for the 12 channels", "input/spikes: 3"],
    );
}
