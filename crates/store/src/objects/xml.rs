//! The little that is read of an object store's answers, which are XML.
//!
//! Elements are found by their local names on a path from the root, so that neither namespaces nor elements
//! that a store adds of its own disturb.

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};

/// The texts of all elements on a path below the root, `["Contents", "Key"]`; None when that is no XML.
pub(super) fn texts(document: &[u8], path: &[&str]) -> Option<Vec<String>> {
    let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
    let (mut at, mut found, mut text): (Vec<String>, Vec<String>, String) = (vec![], vec![], String::new());
    let here = |at: &[String]| at.get(1..).is_some_and(|below| below.iter().map(String::as_str).eq(path.iter().copied()));
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                at.push(start.local_name().as_ref().to_owned());
                text.clear();
            }
            Event::Empty(_) => {}
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(name) => match name.resolve_char_ref().ok()? {
                Some(c) => text.push(c),
                None => text.push_str(resolve_predefined_entity(&name.xml10_content())?),
            },
            Event::End(_) => {
                if here(&at) {
                    found.push(std::mem::take(&mut text));
                }
                at.pop();
            }
            Event::Eof => return at.is_empty().then_some(found),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
}

/// The text of the only element on a path.
pub(super) fn text(document: &[u8], path: &[&str]) -> Option<String> {
    texts(document, path)?.pop()
}

/// The name of the root element.
pub(super) fn root(document: &[u8]) -> Option<String> {
    let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => return Some(start.local_name().as_ref().to_owned()),
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// The code of an `Error` document that says why; empty when there is none, never long.
pub(super) fn error_code(document: &[u8]) -> String {
    match root(document).as_deref() {
        Some("Error") => text(document, &["Code"]).unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(64).collect(),
        _ => String::new(),
    }
}

/// The list of parts that makes one object of them.
pub(super) fn parts(tags: &[String]) -> String {
    let mut document = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
    for (number, tag) in (1..).zip(tags) {
        let tag = quick_xml::escape::escape(tag.as_str());
        document.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"));
    }
    document.push_str("</CompleteMultipartUpload>");
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
        <IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b&#43;</NextContinuationToken>\
        <Contents><Key>ba/x</Key><Owner><Key>no</Key></Owner></Contents><Prefix/><Contents><Key>ba/y</Key></Contents></ListBucketResult>";

    #[test]
    fn elements_are_found_on_their_path_alone() {
        assert_eq!(texts(LIST.as_bytes(), &["Contents", "Key"]).unwrap(), ["ba/x", "ba/y"]);
        assert_eq!(text(LIST.as_bytes(), &["NextContinuationToken"]).unwrap(), "a&b+");
        assert_eq!(text(LIST.as_bytes(), &["Key"]), None);
        assert_eq!(texts(&LIST.as_bytes()[..LIST.len() - 3], &["Contents", "Key"]), None, "an answer that breaks off is none");
        assert_eq!(texts(b"{}", &["Key"]), Some(vec![]));
    }

    #[test]
    fn an_error_has_a_code_and_other_documents_do_not() {
        assert_eq!(error_code(b"<Error><Code>NoSuchKey</Code><Message>...</Message></Error>"), "NoSuchKey");
        assert_eq!(error_code(b"<html><Code>x</Code></html>"), "");
        assert_eq!(error_code(b"\n  <Error><Code>In ternal\nError</Code></Error>"), "InternalError");
        assert_eq!(error_code(b""), "");
    }

    #[test]
    fn tags_are_escaped() {
        assert!(parts(&["\"a<b\"".to_owned()]).contains("<PartNumber>1</PartNumber><ETag>&quot;a&lt;b&quot;</ETag>"));
    }
}
