//! What the documents promise exists: links to local files and headings resolve, commands are targets of the Makefile.

use std::collections::BTreeSet;

use crate::tree::{File, Finding, Tree};

/// Every rule of this module.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let targets = tree.files.iter().find(|f| f.path == "Makefile").map(targets).unwrap_or_default();
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for path in &tree.all {
        folders.extend(path.match_indices('/').filter_map(|(at, _)| path.get(..at)));
    }
    let mut found = Vec::new();
    for file in tree.ending(".md") {
        let mut fence = false;
        for (number, line) in file.text.lines().enumerate() {
            let number = number + 1;
            for target in commands(line, fence || line.trim_start().starts_with("```")) {
                if !targets.contains(target) {
                    found.push(Finding::fail(&file.path, number, format!("`make {target}` is no target of the Makefile")));
                }
            }
            if line.trim_start().starts_with("```") {
                fence = !fence;
            } else if !fence {
                for link in links(line) {
                    found.extend(resolve(tree, &folders, file, number, link));
                }
            }
        }
    }
    found
}

/// The names before `:` at the start of a line.
fn targets(makefile: &File) -> BTreeSet<String> {
    makefile
        .text
        .lines()
        .filter(|line| !line.starts_with(['\t', '#', '.', ' ']))
        .filter_map(|line| line.split_once(':'))
        .filter(|(_, rest)| !rest.starts_with('='))
        .flat_map(|(names, _)| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The targets that a line names: `make x` in backticks, or in a fenced block as a command.
fn commands(line: &str, fenced: bool) -> Vec<&str> {
    let codes: Vec<&str> = if fenced { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
    codes
        .into_iter()
        .filter_map(|code| code.trim_start().trim_start_matches("$ ").strip_prefix("make "))
        .filter_map(|rest| rest.split(|c: char| !(c.is_ascii_lowercase() || c == '-')).next())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The targets of `[text](target)` and `![alt](target)`, outside code spans.
fn links(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for plain in line.split('`').step_by(2) {
        let mut rest = plain;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, more)) = after.split_once(')') else { break };
            found.push(target.split_whitespace().next().unwrap_or_default());
            rest = more;
        }
    }
    found
}

fn resolve(tree: &Tree, folders: &BTreeSet<&str>, file: &File, number: usize, link: &str) -> Option<Finding> {
    if link.is_empty() || link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { Some(file.path.clone()) } else { join(&file.path, path) };
    let Some(target) = target else {
        return Some(Finding::fail(&file.path, number, format!("`{link}` leads out of the project")));
    };
    if !tree.all.contains(&target) && !folders.contains(target.as_str()) && !target.is_empty() {
        return Some(Finding::fail(&file.path, number, format!("`{link}` leads nowhere")));
    }
    let heads = tree.files.iter().find(|f| f.path == target && target.ends_with(".md")).map(anchors);
    match (anchor, heads) {
        (Some(anchor), Some(heads)) if !heads.contains(anchor) => {
            Some(Finding::fail(&file.path, number, format!("`{link}`: no such heading")))
        }
        _ => None,
    }
}

/// A path relative to the folder of a file, from the root; nothing when it leads out.
fn join(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = if path.starts_with('/') { vec![] } else { from.split('/').collect() };
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

/// The anchors of the headings, as the usual renderers make them: small letters, spaces to `-`, punctuation dropped.
fn anchors(file: &File) -> BTreeSet<String> {
    file.text
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .chars()
                .filter_map(|c| match c {
                    ' ' => Some('-'),
                    '-' | '_' => Some(c),
                    _ if c.is_alphanumeric() => c.to_lowercase().next(),
                    _ => None,
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines;

    fn readme(text: &str) -> Vec<String> {
        lines(&check(&Tree::of(&[
            ("Makefile", "PORT := 1\nrun: ## start\n\t@x\ntest check: setup\n"),
            ("README.md", text),
            ("docs/a.md", "# Top of it\n## How, exactly?\n[up](../README.md)\n"),
        ])))
    }

    #[test]
    fn commands_are_targets() {
        assert!(readme("Type `make run`, or `make check`:\n```\nmake test\n$ make run ADDR=x\n```\n").is_empty());
        assert_eq!(readme("`make rnu`\n"), ["README.md:1: error: `make rnu` is no target of the Makefile"]);
        assert!(readme("```sh\nmake tset\n```\n").concat().contains("README.md:2: error: `make tset`"));
        assert!(readme("They make sure of it.\n").is_empty());
    }

    #[test]
    fn local_links_resolve() {
        assert!(readme("[a](docs/a.md) [b](docs/) [c](https://example.com/x) [d](docs/a.md#how-exactly) [e](#t)\n# T\n").is_empty());
        assert_eq!(readme("[a](docs/b.md)\n"), ["README.md:1: error: `docs/b.md` leads nowhere"]);
        assert!(readme("[a](docs/a.md#other)\n").concat().contains("no such heading"));
        assert!(readme("[a](../x.md)\n").concat().contains("leads out"));
        assert!(readme("`[a](nowhere)`\n```\n[a](nowhere)\n```\n").is_empty());
    }
}
