//! What only a bucket can do wrong: refuse, be away, be slow, hold something else than was put.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    sync::Arc,
};

use jingui_model::{
    Class, Instant, Problem,
    clock::{FixedClock, SystemClock},
};
use jingui_store::{Keys, Objects};

use crate::{
    bucket::{Bucket, ID, SECRET},
    objects::ABC,
    world::{bytes, code},
};

/// Nothing that is told holds a key.
fn told<T: std::fmt::Debug>(result: Result<T, Problem>) -> (String, Class) {
    let problem = result.unwrap_err();
    let all = format!("{problem} {problem:?}");
    assert!(!all.contains(SECRET) && !all.contains("AWS4-HMAC"), "{all}");
    (problem.code().to_owned(), problem.class())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_keys_a_wrong_bucket_and_a_wrong_clock_show_at_once() {
    let bucket = Bucket::serve().await;
    let wrong = [Keys::new(ID, "guess"), Keys::new("other", SECRET)];
    for keys in wrong {
        let refusal = bucket.open_as(&bucket.address(), keys, Arc::new(SystemClock)).await;
        assert_eq!(told(refusal), ("store.objects_refused".to_owned(), Class::Unavailable));
    }
    let keys = Keys::new(ID, SECRET);
    let other = bucket.address().replace("s3://sealed", "s3://unsealed");
    assert_eq!(code(bucket.open_as(&other, keys.clone(), Arc::new(SystemClock)).await), "store.objects_bucket");
    let early = Arc::new(FixedClock::at(Instant::from_micros(0)));
    assert_eq!(code(bucket.open_as(&bucket.address(), keys, early).await), "store.objects_clock");
    let none = Objects::open_with(&bucket.address(), &std::env::temp_dir(), None, Arc::new(SystemClock)).await;
    assert_eq!(code(none), "store.objects_keys");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_away_is_said_to_be_away() {
    let mut bucket = Bucket::serve().await;
    let objects = bucket.open().await.unwrap();
    let temp = objects.temp_dir().join("upload");
    std::fs::write(&temp, "abc").unwrap();
    bucket.close().await;
    let away = ("store.objects_unavailable".to_owned(), Class::Unavailable);
    let (opened, put, bytes, read, exists, deleted, listed) = tokio::join!(
        bucket.open(),
        objects.put_file(&temp),
        objects.put_bytes(*b"abc"),
        objects.open_object(ABC),
        objects.exists(ABC),
        objects.delete(ABC),
        objects.list()
    );
    assert_eq!(told(opened), away);
    assert_eq!(told(put), away);
    assert_eq!(told(bytes), away);
    assert_eq!(told(read), away);
    assert_eq!(told(exists), away);
    assert_eq!(told(deleted), away);
    assert_eq!(told(listed), away);
    assert_eq!(std::fs::read(&temp).unwrap(), b"abc", "what could not be put is still there");
}

/// Amazon's advice for 503 SlowDown: wait and ask again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_busy_is_asked_again_but_not_for_ever() {
    let bucket = Bucket::serve().await;
    let objects = bucket.open().await.unwrap();
    bucket.turn_away(2);
    assert_eq!(objects.put_bytes(*b"abc").await.unwrap(), ABC);
    bucket.turn_away(2);
    let mut text = String::new();
    objects.open_object(ABC).await.unwrap().read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), bucket.to_turn_away()), ("abc", 0));
    bucket.turn_away(100);
    assert_eq!(code(objects.exists(ABC).await), "store.objects_unavailable");
    assert_eq!(bucket.to_turn_away(), 96);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_exchanged_or_cut_short_is_not_handed_out() {
    let bucket = Bucket::serve().await;
    let objects = bucket.open().await.unwrap();
    objects.put_bytes(*b"abc").await.unwrap();
    for other in ["abd", "ab", "abcd", ""] {
        std::fs::write(bucket.file(ABC), other).unwrap();
        assert_eq!(told(objects.open_object(ABC).await), ("store.object_damaged".to_owned(), Class::Internal), "{other}");
    }
    assert_eq!(std::fs::read_dir(objects.temp_dir()).unwrap().count(), 0);
    objects.put_bytes(*b"abc").await.unwrap();
    assert!(objects.open_object(ABC).await.is_ok(), "putting it again mends it");
}

/// A file above 64 MiB goes in parts and comes back whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_file_goes_in_parts() {
    let bucket = Bucket::serve().await;
    let objects = bucket.open().await.unwrap();
    let (temp, end) = (objects.temp_dir().join("upload"), bytes(7, 100_000));
    let mut file = File::create_new(&temp).unwrap();
    file.seek(SeekFrom::Start(64 << 20)).unwrap();
    file.write_all(&end).unwrap();
    let name = objects.put_file(&temp).await.unwrap();
    assert!(!temp.exists());
    assert_eq!(objects.list().await.unwrap(), [name.as_str()]);
    let mut back = objects.open_object(&name).await.unwrap();
    assert_eq!(back.metadata().unwrap().len(), (64 << 20) + 100_000);
    back.seek(SeekFrom::Start(64 << 20)).unwrap();
    let mut read = vec![];
    back.read_to_end(&mut read).unwrap();
    assert_eq!(read, end);
}

/// S3 gives at most a thousand names at a time. What else lies in the bucket is passed over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_over_several_pages() {
    let bucket = Bucket::serve().await;
    let objects = bucket.open().await.unwrap();
    let mut names: Vec<String> =
        (0_u32..2100).map(|n| format!("{:0>64x}", n.wrapping_mul(0x9e37_79b9))).map(|n| n.chars().rev().collect()).collect();
    for name in &names {
        let file = bucket.file(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "x").unwrap();
    }
    std::fs::write(bucket.file(ABC).with_file_name("note.txt"), "x").unwrap_or_default();
    std::fs::write(bucket.file(&names[0]).with_file_name(ABC), "in a folder that is not its own").unwrap();
    names.sort_unstable();
    assert_eq!(objects.list().await.unwrap(), names);
}

/// Two companies can share a bucket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prefixes_keep_apart() {
    let bucket = Bucket::serve().await;
    let one = bucket.open().await.unwrap();
    let address = bucket.address().replace("jingui/sealed", "jingui/sealed-too");
    let two = bucket.open_as(&address, Keys::new(ID, SECRET), Arc::new(SystemClock)).await.unwrap();
    one.put_bytes(*b"abc").await.unwrap();
    assert!(!two.exists(ABC).await.unwrap());
    assert!(two.list().await.unwrap().is_empty());
}

/// A store of the house has a certificate of the house: it is trusted when it is named, and only then. The signature
/// covers the `Host` header, so that a door in front must pass it on as it came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_certificates_that_are_trusted_are_spoken_to() {
    let bucket = Bucket::serve().await;
    let (port, pem) = bucket.serve_tls().await;
    let address = format!("s3://sealed?endpoint=https://127.0.0.1:{port}");
    let named = format!("{address}&ca={}", pem.display());
    let keys = Keys::new(ID, SECRET);
    let objects = bucket.open_as(&named, keys.clone(), Arc::new(SystemClock)).await.unwrap();
    assert_eq!(objects.put_bytes(*b"abc").await.unwrap(), ABC);
    objects.open_object(ABC).await.unwrap();
    let (_, stranger) = bucket.serve_tls().await;
    let other = format!("{address}&ca={}", stranger.display());
    let refusal = bucket.open_as(&other, keys.clone(), Arc::new(SystemClock)).await.unwrap_err();
    assert_eq!(refusal.code(), "store.objects_unavailable");
    assert!(refusal.operator_detail().unwrap().contains("certificate"), "{refusal}");
    let none = format!("{address}&ca={}", pem.with_file_name("store").display());
    assert_eq!(told(bucket.open_as(&none, keys, Arc::new(SystemClock)).await).0, "store.objects_roots");
}
