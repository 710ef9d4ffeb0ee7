//! What every page must be: self-contained, with links that work and drawings that can be drawn.

use std::collections::BTreeSet;
use std::path::Path;

use roxmltree::{Document, Node};

/// How far the coordinates of a drawing may lie outside of it: text at an edge, parts that are cut off.
const MARGIN: f64 = 400.0;

/// The faults of the page of a report whose other files are in `folder`.
pub fn faults(page: &str, folder: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let ids = ids(page, &mut faults);
    for (name, value) in attributes(page) {
        let is_fine = match (name.as_str(), value.as_str()) {
            ("href", "data:,") => true,
            ("href", link) => match link.strip_prefix('#') {
                Some(id) => ids.contains(id),
                None => !link.contains(':') && !link.starts_with('/') && folder.join(link).is_file(),
            },
            ("src" | "srcset" | "action" | "data" | "poster" | "background" | "xlink:href", _) => false,
            (name, _) if name.starts_with("on") => false,
            (name, value) => name.starts_with("xmlns") || !value.contains("//"),
        };
        if !is_fine {
            faults.push(format!("{name}=\"{value}\" is outside of the report or missing"));
        }
    }
    let lower = page.to_lowercase();
    for fetched in
        ["<script", "<iframe", "<img", "<object", "<embed", "<base", "stylesheet", "@import", "url(", "@font-face"]
    {
        if lower.contains(fetched) {
            faults.push(format!("{fetched} would fetch something"));
        }
    }
    if lower.contains("cannot be drawn") {
        faults.push("a plot could not be drawn".to_owned());
    }
    let n_drawings = page.matches("<svg").count();
    let drawings: Vec<&str> =
        page.split("<svg").skip(1).filter_map(|rest| rest.split_once("</svg>")).map(|it| it.0).collect();
    if drawings.len() != n_drawings {
        faults.push("a drawing has no end".to_owned());
    }
    for drawing in drawings {
        faults.extend(faults_of_drawing(&format!("<svg{drawing}</svg>")));
    }
    faults
}

/// Every id; duplicates are faults.
fn ids(page: &str, faults: &mut Vec<String>) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for (_, id) in attributes(page).into_iter().filter(|(name, _)| name == "id") {
        if id.is_empty() || id.contains(char::is_whitespace) {
            faults.push(format!("\"{id}\" is no id"));
        }
        if !ids.insert(id.clone()) {
            faults.push(format!("the id {id} appears twice"));
        }
    }
    ids
}

/// Names and values of the attributes of all tags; the page writes each value in double quotes and escapes what is in it.
fn attributes(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for tag in page.split('<').skip(1) {
        let (mut rest, mut end) = (tag, tag.find('>').unwrap_or(tag.len()));
        while let Some((name, after)) = rest[..].split_once("=\"").filter(|(name, _)| name.len() < end) {
            let Some((value, after)) = after.split_once('"') else { break };
            let name = name.rsplit(char::is_whitespace).next().unwrap_or(name);
            found.push((name.to_lowercase(), value.to_owned()));
            rest = after;
            end = rest.find('>').unwrap_or(rest.len());
        }
    }
    found
}

fn faults_of_drawing(text: &str) -> Vec<String> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return vec![format!("a drawing is no XML: {error}: {}", &text[..text.len().min(200)])],
    };
    let size = |name| document.root_element().attribute(name).and_then(|size| size.parse::<f64>().ok());
    let (Some(width), Some(height)) = (size("width"), size("height")) else {
        return vec!["a drawing has no size".to_owned()];
    };
    let most = width.max(height) + MARGIN;
    document.descendants().filter(Node::is_element).flat_map(|element| faults_of_element(&element, most)).collect()
}

fn faults_of_element(element: &Node<'_, '_>, most: f64) -> Vec<String> {
    const COORDINATES: [&str; 14] =
        ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "dx", "dy", "width", "height", "points"];
    let is_near = |number: &str| {
        number.trim_end_matches("em").trim_end_matches("ex").parse::<f64>().is_ok_and(|at| at.abs() <= most)
    };
    let mut faults = Vec::new();
    for attribute in element.attributes().filter(|attribute| COORDINATES.contains(&attribute.name())) {
        let numbers = attribute.value().split([' ', ',']).filter(|number| !number.is_empty());
        if let Some(number) = numbers.into_iter().find(|number| !is_near(number)) {
            faults.push(format!("{number} in {} of a {}", attribute.name(), element.tag_name().name()));
        }
    }
    if element.attribute("d").is_some_and(|path| path.contains("NaN") || path.contains("inf")) {
        faults.push(format!("a path of no numbers: {element:?}"));
    }
    faults
}
