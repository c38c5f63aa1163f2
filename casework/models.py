"""All models of the product, gathered for Django; each lives in its room."""

from casework.access.models import Draft
from casework.accounts.models import *  # noqa: F403
from casework.attachments.models import Attachment
from casework.audit.models import AuditChain, AuditCheckpoint, AuditEvent, AuditLeaf, AuditWitness, RowSeal
from casework.base.models import Counter, Job, RegisterEntry
from casework.cases.models import (
    Assignment,
    Case,
    CaseGroupGrant,
    CaseLink,
    CaseReport,
    CaseTemporaryGrant,
    CaseUserGrant,
    ConflictLock,
    Participant,
    Transfer,
)
from casework.children.models import ChildAssessment, ChildPlan, ChildProcedure, ChildSeparation
from casework.closure.models import Closing
from casework.deadlines.models import (
    Alarm,
    CalendarFeed,
    Deadline,
    Handover,
    Holiday,
    OfficeDeadline,
    Period,
    Reminder,
    ReportDeadline,
)
from casework.disposal.models import Disposal, LegalHold, ReportDisposal, ReportHold
from casework.encryption.models import (
    BlindIndexEntry,
    Canary,
    DataKey,
    FileKey,
    KeyGeneration,
    KeyRotation,
    Tombstone,
)
from casework.extracts.models import AccessRequest
from casework.http.models import IdempotencyKey
from casework.incidents.models import Incident
from casework.intake.models import Report, ReportPerson
from casework.national_database.models import (
    CaseReference,
    Consignment,
    ConsignmentRule,
    FrozenPart,
    FrozenRows,
)
from casework.noisy_totals.models import NoisyTotal, PrivacyBudget, PrivacyLoss, TotalQuestion
from casework.notifications.models import Letter, Notice, Reach
from casework.official_forms.models import OfficialPaper, PaperTemplate
from casework.organisations.models import Agency, Area, DutyShift, Membership, User
from casework.people.models import Address, Kinship, Person, Phone, SafeContact
from casework.plans.models import Contact, Note, PlanStep, SafetyPlan
from casework.protection.models import (
    AllowedContact,
    Breach,
    Measure,
    Meeting,
    Outcome,
    Service,
    SupportSession,
)
from casework.referrals.models import Consent, Referral
from casework.releases.models import (
    Protection,
    PublicCell,
    PublicFile,
    PublicRelease,
    PublicWithdrawal,
    Release,
    ReleaseCell,
    Snapshot,
    Verdict,
)
from casework.returns.models import OfficialReturn, ReturnRemark, ReturnRule, ReturnSnapshot
from casework.risk.models import RiskAssessment, RiskEvent
from casework.statistics.models import CaseFact, FactCode, FactPerson
