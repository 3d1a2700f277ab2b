//! Sessions: by the hash of the token, per account, with an end.

use crate::world::{at, both, id, session};

both! {
    async fn sessions_are_found_touched_and_ended(world) {
        let store = &world.store;
        for row in [session(1, 7, 100), session(2, 7, 200), session(3, 8, 300)] {
            store.put_session(&row).await.unwrap();
        }
        assert_eq!(store.session([1; 32]).await.unwrap(), Some(session(1, 7, 100)));
        assert_eq!(store.session([9; 32]).await.unwrap(), None);
        store.touch_session([1; 32], at(50)).await.unwrap();
        store.touch_session([1; 32], at(40)).await.unwrap();
        assert_eq!(store.session([1; 32]).await.unwrap().unwrap().last_seen, at(50), "never goes back");
        let hashes: Vec<_> = store.sessions_of(id(7)).await.unwrap().iter().map(|s| s.token_hash).collect();
        assert_eq!(hashes, [[1; 32], [2; 32]], "the one used last first");
        assert!(store.delete_session([2; 32]).await.unwrap());
        assert!(!store.delete_session([2; 32]).await.unwrap());
        assert_eq!(store.purge_sessions(at(99)).await.unwrap(), 0);
        assert_eq!(store.purge_sessions(at(100)).await.unwrap(), 1);
        assert_eq!(store.delete_sessions_of(id(8)).await.unwrap(), 1);
        assert_eq!(store.session([3; 32]).await.unwrap(), None);
    }
}

both! {
    async fn the_number_of_a_signed_request_is_good_once_until_it_is_forgotten(world) {
        let store = &world.store;
        assert!(store.take_nonce([1; 32], id(7), at(100)).await.unwrap());
        assert!(!store.take_nonce([1; 32], id(7), at(900)).await.unwrap(), "used before");
        assert!(!store.take_nonce([1; 32], id(8), at(900)).await.unwrap(), "whoever asks");
        assert!(store.take_nonce([2; 32], id(7), at(200)).await.unwrap());
        assert!(store.take_nonce([3; 32], id(8), at(300)).await.unwrap());
        let mut counted = store.nonces_by_token().await.unwrap();
        counted.sort();
        assert_eq!(counted, [(id(7), 2), (id(8), 1)]);
        assert_eq!(store.purge_nonces(at(100)).await.unwrap(), 0, "still within its time");
        assert_eq!(store.purge_nonces(at(101)).await.unwrap(), 1);
        assert!(store.take_nonce([1; 32], id(7), at(400)).await.unwrap());
    }
}
