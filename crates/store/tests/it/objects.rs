//! Sealed files: named by what they hold, put durably, never outside their place. One suite for folder and bucket.

use std::{io::Read as _, os::unix::fs::PermissionsExt as _};

use jingui_model::{Class, Instant};
use jingui_store::Objects;

use crate::{bucket::Bucket, world::code};

/// FIPS 180-2, appendix B.1: SHA-256 of "abc".
pub const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

async fn folder(folder: &tempfile::TempDir) -> Objects {
    Objects::open(folder.path().join("objects").to_str().unwrap()).await.unwrap()
}

/// Runs each test once in a folder and once in a bucket.
macro_rules! in_both {
    ($($(#[$doc:meta])* async fn $name:ident($objects:ident) $body:block)*) => {$(
        async fn $name($objects: Objects) $body

        mod $name {
            $(#[$doc])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn folder() {
                let folder = tempfile::tempdir().unwrap();
                super::$name(super::folder(&folder).await).await;
            }
            $(#[$doc])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn s3() {
                let bucket = super::Bucket::serve().await;
                super::$name(bucket.open().await.unwrap()).await;
            }
        }
    )*};
}

in_both! {
    /// Putting is idempotent, because the name says what the bytes are.
    async fn an_object_is_put_once_however_often_and_read_back(objects) {
        assert!(!objects.exists(ABC).await.unwrap());
        assert_eq!(code(objects.open_object(ABC).await), "store.object_missing");
        assert_eq!(objects.put_bytes(*b"abc").await.unwrap(), ABC);
        let temp = objects.temp_dir().join("upload");
        std::fs::write(&temp, "abc").unwrap();
        assert_eq!(objects.put_file(&temp).await.unwrap(), ABC);
        assert!(!temp.exists());
        assert!(objects.exists(ABC).await.unwrap());
        let mut text = String::new();
        objects.open_object(ABC).await.unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        assert_eq!(objects.list().await.unwrap(), [ABC]);
        assert!(objects.delete(ABC).await.unwrap());
        assert!(!objects.delete(ABC).await.unwrap());
        assert!(objects.list().await.unwrap().is_empty());
    }

    /// An empty file is a file.
    async fn nothing_is_an_object_too(objects) {
        let name = objects.put_bytes(vec![]).await.unwrap();
        let mut bytes = vec![];
        assert_eq!(objects.open_object(&name).await.unwrap().read_to_end(&mut bytes).unwrap(), 0);
        let temp = objects.temp_dir().join("upload");
        std::fs::write(&temp, "").unwrap();
        assert_eq!(objects.put_file(&temp).await.unwrap(), name);
    }

    /// What comes from outside never leads anywhere else.
    async fn a_name_is_never_a_path(objects) {
        let dots = format!("../{}", &ABC[3..]);
        for name in
            ["", "..", "../../etc/passwd", &ABC[1..], &ABC.to_uppercase(), &format!("{ABC}a"), &dots, &ABC.replace('b', "/"), &"é".repeat(32)]
        {
            assert_eq!(code(objects.open_object(name).await), "store.object_name", "{name}");
            assert_eq!(code(objects.delete(name).await), "store.object_name", "{name}");
            assert_eq!(code(objects.exists(name).await), "store.object_name", "{name}");
        }
    }

    /// Several uploads of one file at a time.
    async fn many_puts_of_the_same_bytes_at_once_agree(objects) {
        let puts: Vec<_> = (0..32)
            .map(|n| {
                let objects = objects.clone();
                tokio::spawn(async move { objects.put_bytes(vec![n % 4; 100_000]).await.unwrap() })
            })
            .collect();
        for put in puts {
            assert!(objects.exists(&put.await.unwrap()).await.unwrap());
        }
        assert_eq!(objects.list().await.unwrap().len(), 4);
        assert_eq!(std::fs::read_dir(objects.temp_dir()).unwrap().count(), 0);
    }

    /// Files on their way are no objects.
    async fn what_a_crash_left_is_swept_and_nothing_else(objects) {
        std::fs::write(objects.temp_dir().join("left"), "x").unwrap();
        objects.put_bytes(*b"abc").await.unwrap();
        assert_eq!(objects.sweep_temp(Instant::from_micros(0)).await.unwrap(), 0, "too young");
        assert_eq!(objects.sweep_temp(Instant::from_micros(i64::MAX)).await.unwrap(), 1);
        assert_eq!(objects.list().await.unwrap(), [ABC]);
    }
}

#[tokio::test]
async fn files_and_folders_are_their_owners_alone() {
    let temp = tempfile::tempdir().unwrap();
    folder(&temp).await.put_bytes(*b"abc").await.unwrap();
    let file = temp.path().join("objects/ba").join(ABC);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_folder_is_a_path_or_a_file_address() {
    for place in ["s3://bucket/prefix", "https://host/", "file://relative"] {
        let refusal = Objects::open(place).await.unwrap_err();
        assert_eq!((refusal.code(), refusal.class()), ("store.objects_scheme", Class::Invalid), "{place}");
    }
    let folder = tempfile::tempdir().unwrap();
    Objects::open(&format!("file://{}", folder.path().display())).await.unwrap();
}
