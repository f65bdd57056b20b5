/** The server's words under the names we use. `schema.ts` is generated: `npm run generate`. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Audience = Schemas["Audience"];
export type Commenters = Schemas["Commenters"];
/** How a recording is shared, for its owner. */
export type Sharing = Schemas["Sharing"];
export type ChangeSharing = Schemas["ChangeSharing"];
export type PersonName = Schemas["PersonName"];
export type GroupName = Schemas["GroupName"];
export type Role = Schemas["Role"];
/** Everybody and everything that who runs the server looks after. */
export type Roster = Schemas["Roster"];
export type Person = Schemas["ServerPerson"];
export type Group = Schemas["Group"];
export type Invitation = Schemas["Invitation"];
/** An invitation with its link, which is shown this once. */
export type Invited = Schemas["Invited"];
/** What who holds the link is told. */
export type InvitationTold = Schemas["InvitationTold"];
/** What is drawn on the picture of a comment. */
export type Drawing = Schemas["Drawing"];
export type RecordingState = Schemas["RecordingState"];
export type TranscriptState = Schemas["TranscriptState"];
export type Me = Schemas["Me"];
export type RecordingCard = Schemas["RecordingCard"];
/** A recording in the library of its owner. */
export type LibraryCard = Schemas["LibraryCard"];
export type Library = Schemas["Library"];
export type Folder = Library["folders"][number];
/** Who may see what lies in a folder, for its owner. */
export type FolderSharing = Schemas["FolderSharing"];
export type ChangeRecordings = Partial<Omit<Schemas["ChangeRecordings"], "ids">> & { ids: string[] };
export type TrashedCard = Schemas["TrashedCard"];
export type Watch = Schemas["Watch"];
/** What is said of how long recordings stay. */
export type RetentionWord = Schemas["RetentionWord"];
/** How long one recording stays. */
export type Retention = Schemas["Retention"];
/** Who watched a recording, for its owner. */
export type Views = Schemas["Views"];
export type Word = Schemas["Word"];
/** Something that was found in the words. */
export type Suggestion = Schemas["SuggestionView"];
/** `language` is a BCP 47 tag; absent where it is not known. */
export type Transcript = Schemas["Transcript"] & { readonly language?: string | null };
/** From here on this is heard. */
export type Turn = Schemas["Turn"];
export type Comment = Schemas["Comment"];
/** A file of a comment. */
export type Attachment = Schemas["Attachment"];
export type NewComment = Schemas["NewComment"];
/** Somebody, or a group, that a comment mentions. */
export type Mention = Schemas["MentionView"];
/** A reaction to a moment. */
export type MomentReaction = Schemas["MomentReaction"];
/** Comments, and reactions to moments. */
export type Said = Schemas["Comments"];
export type Token = Schemas["TokenInfo"];
export type NewToken = Schemas["NewToken"];
/** What a program may do with a token. */
export type Scope = Schemas["Scope"];
export type Profile = Schemas["Profile"];
/** What one has beside the password. */
export type TwoFactor = Schemas["TwoFactor"];
export type Passkey = Schemas["PasskeyInfo"];
export type PasskeyDescriptor = Schemas["PasskeyDescriptor"];
export type PasskeyCreation = Schemas["PasskeyCreation"];
export type PasskeyRegistration = Schemas["PasskeyRegistration"];
export type PasskeyRequest = Schemas["PasskeyRequest"];
export type PasskeyAnswer = Schemas["PasskeyAnswer"];
/** What may be shown beside the password. */
export type PasskeyChoice = Schemas["PasskeyChoice"];
export type ShownProof = Schemas["ShownProof"];
export type TwoFactorBegun = Schemas["TwoFactorBegun"];
/** A browser in which one is signed in. */
export type Session = Schemas["SessionInfo"];
export type DeviceRequest = Schemas["DeviceRequest"];
/** The data of each event of the stream, by its name. */
export type Events = Schemas["Events"];
export type Corner = Schemas["Corner"];
export type Face = Schemas["Face"];
export type FaceSize = Schemas["FaceSize"];
export type LayoutMoment = Schemas["LayoutMoment"];
/** Where the camera lies, and when; a version of its own. */
export type Layout = Watch["layout"];
/** A chapter. */
export type Mark = Schemas["Mark"];
export type Download = Watch["download"];
export type RecordedEvent = Schemas["TimedEvent"];
