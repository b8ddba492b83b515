//! The one who calls.

use activity_log_control::{
    AccessKeyId, Account, Credential, Grants, Permission, ProjectId, TokenCredential, TokenRecord,
    UserName,
};
use activity_log_core::account::AccountId;

/// An authenticated user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account, with its settings, such as retention.
    pub account: Account,
    /// The user's name.
    pub user: UserName,
    /// What was given to the user.
    pub grants: Grants,
    /// How the request said who calls.
    pub through: Through,
}

/// How a request says who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// it is signed with this access key
    AccessKey(AccessKeyId),
    /// it carries this token
    Token(Box<TokenRecord>),
}

impl Principal {
    /// The account's id: all that the principal may ever see is in it.
    pub fn account_id(&self) -> AccountId {
        self.account.id
    }

    /// The user's ARN, `arn:aws:iam::ACCOUNT:user/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account.id, self.user)
    }

    /// The access key the request was signed with, or the session of its token was opened with; a token that the
    /// operator issued has none.
    pub fn access_key_id(&self) -> Option<&AccessKeyId> {
        match &self.through {
            Through::AccessKey(id) => Some(id),
            Through::Token(token) => token.session.as_ref().map(|session| &session.access_key_id),
        }
    }

    /// The token of the request, if it carries one.
    pub fn token(&self) -> Option<&TokenRecord> {
        match &self.through {
            Through::AccessKey(_) => None,
            Through::Token(token) => Some(token),
        }
    }

    /// Whether the principal may store objects in the buckets of this project.
    pub fn may_store_in(&self, project: &ProjectId) -> bool {
        self.grants.allow_in(Permission::Storage, project)
    }
}

impl From<Credential> for Principal {
    fn from(credential: Credential) -> Self {
        Self {
            account: credential.account,
            user: credential.user.name,
            grants: credential.user.grants,
            through: Through::AccessKey(credential.key.id),
        }
    }
}

impl From<TokenCredential> for Principal {
    fn from(credential: TokenCredential) -> Self {
        Self {
            account: credential.account,
            user: credential.user.name,
            grants: credential.user.grants,
            through: Through::Token(Box::new(credential.token)),
        }
    }
}
