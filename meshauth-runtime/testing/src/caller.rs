//! A caller, and what it sends.

use http::{HeaderMap, HeaderName};
use meshauth_runtime::{
    API_KEY_HEADER, Decision, GROUP_HEADER, GroupName, Method, MethodPolicy, Presented,
};

use crate::{
    at_once::at_once,
    called::Called,
    key::{TestKey, header},
    world::{TestUser, TestWorld},
};

/// Not in any world: names count up from 1.
const UNKNOWN_GROUP: GroupName = GroupName::from_ulid(u128::MAX);

/// A caller of a [`TestWorld`], and what it sends.
///
/// ```
/// use meshauth_testing::TestWorld;
///
/// let mut world = TestWorld::new();
/// let desk = world.group();
/// let bot = world.api_user(desk);
/// let joined_by_a_proxy = world.caller(bot).in_group(desk).with_group_twice();
/// assert_eq!(joined_by_a_proxy.headers().get_all("x-group").iter().count(), 2);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Caller<'w> {
    world: &'w TestWorld,
    key: Option<TestKey>,
    key_form: Form,
    group: Option<GroupName>,
    group_form: Form,
}

/// How a header is sent.
#[derive(Debug, Clone, Copy)]
enum Form {
    Once,
    Twice,
    Malformed,
}

/// Who calls in a world.
impl TestWorld {
    /// The API user as a caller, so far without an executing group.
    #[must_use]
    #[track_caller]
    pub fn caller(&self, user: TestUser) -> Caller<'_> {
        self.assert_user(user);
        Caller::new(self, Some(user.key()))
    }

    /// A caller without a key.
    #[must_use]
    pub fn anonymous(&self) -> Caller<'_> {
        Caller::new(self, None)
    }

    /// A caller with a key that nobody has.
    #[must_use]
    pub fn stranger(&self) -> Caller<'_> {
        Caller::new(self, Some(TestKey::of_nobody()))
    }

    /// The headers of a call of this API user in this group, which the world need not have. The key
    /// is marked as sensitive.
    #[must_use]
    #[track_caller]
    pub fn headers(&self, user: TestUser, executing: GroupName) -> HeaderMap {
        self.caller(user).in_group(executing).headers()
    }

    /// What comes of a call of the method `M` by this API user in this group, which the world need
    /// not have.
    #[track_caller]
    pub fn call<M: Method>(&self, user: TestUser, executing: GroupName) -> Called<M> {
        self.caller(user).in_group(executing).call()
    }
}

impl<'w> Caller<'w> {
    fn new(world: &'w TestWorld, key: Option<TestKey>) -> Self {
        Self { world, key, key_form: Form::Once, group: None, group_form: Form::Once }
    }

    /// With this executing group, which the world need not have.
    #[must_use]
    pub fn in_group(self, executing: GroupName) -> Self {
        Self { group: Some(executing), group_form: Form::Once, ..self }
    }

    /// With the canonical name of a group that the world does not have.
    #[must_use]
    pub fn in_unknown_group(self) -> Self {
        self.in_group(UNKNOWN_GROUP)
    }

    /// With its key in two headers. If it has none, with one that nobody has.
    #[must_use]
    pub fn with_key_twice(self) -> Self {
        self.with_key(Form::Twice)
    }

    /// With a key that is one character short.
    #[must_use]
    pub fn with_malformed_key(self) -> Self {
        self.with_key(Form::Malformed)
    }

    /// With its group in two headers. If it has none, with one that the world does not have.
    #[must_use]
    pub fn with_group_twice(self) -> Self {
        self.with_group(Form::Twice)
    }

    /// With the name of a group that is one character short.
    #[must_use]
    pub fn with_malformed_group(self) -> Self {
        self.with_group(Form::Malformed)
    }

    fn with_key(self, key_form: Form) -> Self {
        Self { key: Some(self.key.unwrap_or_else(TestKey::of_nobody)), key_form, ..self }
    }

    fn with_group(self, group_form: Form) -> Self {
        Self { group: Some(self.group.unwrap_or(UNKNOWN_GROUP)), group_form, ..self }
    }

    /// What it sends, for a client of your own. The key is marked as sensitive.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            append(&mut headers, &API_KEY_HEADER, self.key_form, key.text(), key.malformed());
        }
        if let Some(group) = self.group {
            let text = group.to_string().into_bytes();
            append(&mut headers, &GROUP_HEADER, self.group_form, &text, &text[..text.len() - 1]);
        }
        headers
    }

    /// What comes of its call of the method `M`.
    #[track_caller]
    pub fn call<M: Method>(&self) -> Called<M> {
        let decision = self.decide(Some(M::POLICY));
        let (authoriser, mut headers) = (self.world.authoriser(), self.headers());
        Called::new(decision, at_once(authoriser.authorise::<M>(&mut headers)))
    }

    /// The decision on its call of a method that is known by its policy alone (none: the method has
    /// no policy). It gives access to nothing.
    #[must_use]
    #[track_caller]
    pub fn decide<'p>(&self, policy: Option<&'p MethodPolicy>) -> Decision<'p> {
        let presented = Presented::read(&self.headers());
        at_once(self.world.authoriser().decide(policy, &presented))
    }
}

fn append(headers: &mut HeaderMap, name: &HeaderName, form: Form, text: &[u8], malformed: &[u8]) {
    let (text, times) = match form {
        Form::Once => (text, 1),
        Form::Twice => (text, 2),
        Form::Malformed => (malformed, 1),
    };
    let mut value = header(text);
    value.set_sensitive(*name == API_KEY_HEADER);
    for _ in 0..times {
        headers.append(name, value.clone());
    }
}
