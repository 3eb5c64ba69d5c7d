#![forbid(unsafe_code)]
#![deny(warnings)]

mod private {
    /// Not used from outside, and without a warning.
    #[derive(scopes_core::ScopeCatalog, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[repr(u8)]
    pub(super) enum Scope {
        /** A block comment. */
        #[scope("a", baseline,)]
        A = 7,
        #[doc = "Written as an attribute."]
        #[scope("https://example.com/auth/b", implies(A,), hidden)]
        B = 3,
        #[scope("!#[]~")]
        r#Type,
    }

    pub(super) const FIRST: &str = Scope::A.as_str();
}

#[derive(scopes_core::ScopeCatalog)]
enum One {
    #[scope("only")]
    Only,
}

fn main() {
    use private::Scope;
    use scopes_core::ScopeCatalog;
    assert_eq!(private::FIRST, "a");
    assert_eq!(Scope::ALL, [Scope::A, Scope::B, Scope::r#Type]);
    assert_eq!(Scope::A.description(), "A block comment.");
    assert_eq!(Scope::B.description(), "Written as an attribute.");
    assert_eq!(Scope::B.position(), 1);
    assert_eq!("!#[]~".parse(), Ok(Scope::r#Type));
    assert_eq!(One::Only.as_str(), "only");
    #[derive(scopes_core::ScopeCatalog)]
    enum Inside {
        #[scope("inside")]
        Inside,
    }
    assert_eq!(Inside::Inside.to_string(), "inside");
}
