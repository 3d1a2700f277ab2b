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
