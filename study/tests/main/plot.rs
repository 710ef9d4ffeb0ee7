//! Plots, read back from their SVG.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};
use study::report::plot::{
    Arrow, Axes, Bar, Confusion, Family, Line, LinePanel, Point, bars, circuit, colour, confusions, difference_panels,
    scatter,
};

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap_or_else(|| panic!("no {name} in {node:?}")).parse().unwrap()
}

fn bar(value: f64) -> Bar {
    Bar { name: format!("{value}"), value, error: Some((value - 0.5, value + 0.5)) }
}

/// Upper and lower end of every bar, from above, in the order of the bars.
fn ends(values: &[f64]) -> Vec<(f64, f64)> {
    let figure = bars(&values.iter().map(|&value| bar(value)).collect::<Vec<_>>(), &Axes::default(), false);
    let svg = Document::parse(&figure.svg).unwrap();
    let rectangles =
        svg.descendants().filter(|node| node.has_tag_name("rect") && node.attribute("opacity") == Some("0.85"));
    rectangles.map(|node| (number(&node, "y"), number(&node, "y") + number(&node, "height"))).collect()
}

#[test]
fn bars_stand_on_zero_and_hang_from_it() {
    let ends = ends(&[4.0, -4.0, -8.0]);
    let [up, down, twice] = ends[..] else { panic!("{ends:?}") };
    assert!((up.1 - down.0).abs() < 2.0 && (up.1 - twice.0).abs() < 2.0, "{ends:?}");
    assert!(up.1 - up.0 > 20.0, "{ends:?}");
    assert!(((down.1 - down.0) - (up.1 - up.0)).abs() < 3.0, "{ends:?}");
    assert!(((twice.1 - twice.0) - 2.0 * (down.1 - down.0)).abs() < 3.0, "{ends:?}");
}

#[test]
fn the_name_of_a_level_is_beside_the_bars_and_on_the_drawing() {
    let axes = Axes { level: Some((3.0, "chance".to_owned())), ..Axes::default() };
    let svg = bars(&[4.0, 3.0, 2.0].map(bar), &axes, false).svg;
    let svg = Document::parse(&svg).unwrap();
    let is_bar = |node: &Node<'_, '_>| node.attribute("opacity") == Some("0.85");
    let ends = svg.descendants().filter(is_bar).map(|node| number(&node, "x") + number(&node, "width"));
    let name = svg.descendants().find(|node| node.text().is_some_and(|text| text.trim() == "chance")).unwrap();
    let left = number(&name.parent().filter(|node| node.has_tag_name("text")).unwrap_or(name), "x");
    assert!(ends.fold(0.0, f64::max) < left, "{left}");
    assert!(left + 40.0 < number(&svg.root_element(), "width"), "{left}");
}

#[test]
fn a_circuit_of_long_projections_stays_on_its_drawing() {
    let areas: Vec<(String, usize)> = (0..9).map(|index| (format!("area {index}"), 8)).collect();
    let arrow = |from, to| Arrow { from, to, weight: 1.0, kind: 0 };
    let svg = circuit(&areas, &[arrow(0, 8), arrow(8, 1), arrow(3, 3)], &["forward"]).svg;
    let svg = Document::parse(&svg).unwrap();
    let (width, height) = (number(&svg.root_element(), "width"), number(&svg.root_element(), "height"));
    let lines: Vec<_> = svg.descendants().filter_map(|node| node.attribute("points")).collect();
    assert!(!lines.is_empty());
    for place in lines.iter().flat_map(|points| points.split_whitespace()) {
        let (x, y) = place.split_once(',').unwrap();
        let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
        assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{place} of {width} x {height}");
        assert!(y > 0.0, "cut off at the top");
    }
}

#[test]
fn every_decoder_of_a_plot_has_a_colour_of_its_own() {
    let colours: BTreeSet<_> = (0..12).map(|index| (colour(index).0, colour(index).1, colour(index).2)).collect();
    assert_eq!(colours.len(), 12);
}

/// The circles of a drawing, by colour: centre.
fn circles(svg: &Document<'_>) -> Vec<(String, f64, f64)> {
    let circles = svg.descendants().filter(|node| node.has_tag_name("circle"));
    let of =
        |node: Node<'_, '_>| (node.attribute("fill").unwrap().to_owned(), number(&node, "cx"), number(&node, "cy"));
    circles.map(of).collect()
}

#[test]
fn a_tenth_of_the_cost_is_as_far_wherever_it_is_on_the_axis() {
    let point = |x: f64, y: f64| Point { x, y, error: (y - 5.0, y + 5.0) };
    let families = [
        Family { name: "one".to_owned(), points: vec![point(0.1, 60.0), point(1.0, 70.0)], is_joined: true },
        Family { name: "other".to_owned(), points: vec![point(10.0, 70.0)], is_joined: false },
    ];
    let svg = scatter(&families, &[(0.1, 60.0), (1.0, 70.0)], &Axes::default()).svg;
    let svg = Document::parse(&svg).unwrap();
    let [first, second, third] = &circles(&svg)[..] else { panic!("three points") };
    assert!(((second.1 - first.1) - (third.1 - second.1)).abs() <= 2.0, "{first:?} {second:?} {third:?}");
    assert!(first.2 > second.2 && (second.2 - third.2).abs() < 1.0, "{first:?} {second:?} {third:?}");
    assert!(first.0 == second.0 && second.0 != third.0, "a colour for each family");
}

#[test]
fn differences_have_one_axis_and_a_line_at_zero() {
    let panel = |height: f64| {
        let points = vec![(1.0, height), (50.0, height)];
        let band = vec![(height - 1.0, height + 1.0); 2];
        let lines = vec![Line { name: "difference".to_owned(), points, band }];
        LinePanel { title: format!("minus {height}"), lines }
    };
    let svg = difference_panels(&[panel(4.0), panel(-4.0)], "ms", "points").svg;
    let svg = Document::parse(&svg).unwrap();
    let heights = |stroke_width: &str| -> Vec<f64> {
        let lines = svg
            .descendants()
            .filter(|node| node.has_tag_name("polyline") && node.attribute("stroke-width") == Some(stroke_width));
        let first = |node: Node<'_, '_>| {
            let (_, y) = node.attribute("points")?.split_whitespace().next()?.split_once(',')?;
            y.parse().ok()
        };
        lines.filter_map(first).collect()
    };
    let [above, below] = heights("2")[..] else { panic!("two differences: {:?}", heights("2")) };
    assert!(heights("1").iter().any(|zero| ((above + below) / 2.0 - zero).abs() <= 1.0), "{above} {below}");
    assert!(above < below, "{above} {below}");
}

#[test]
fn confusion_matrices_stand_side_by_side() {
    let classes = ["0", "90"].map(str::to_owned);
    let matrix = |name: &str| Confusion { name: name.to_owned(), counts: vec![vec![3, 1], vec![0, 4]] };
    let svg = confusions(&classes, &[matrix("one"), matrix("other")]).svg;
    let svg = Document::parse(&svg).unwrap();
    let cells: Vec<(f64, f64)> = svg
        .descendants()
        .filter(|node| node.has_tag_name("rect"))
        .map(|node| (number(&node, "x"), number(&node, "y")))
        .collect();
    // Cells that count nothing are not drawn.
    assert_eq!(cells.len(), 6);
    assert!((0..3).all(|index| cells[index].1 == cells[index + 3].1 && cells[index].0 + 100.0 < cells[index + 3].0));
}
