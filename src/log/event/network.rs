//! What the service says of tokens, requests, throttling, and of check-ins that are neither scripts nor apps.

use super::table::events;
use super::words::Guid;

events! {
    /// Identity, network, and other check-ins.
    Network NetworkEvent<'a> {
        /// No token for a user; the length of the answer, client, resource and the error's number.
        "token-refused" TokenRefused { length: u64, client: Guid, resource: Guid, code: u64 } IntuneManagementExtension
            "|Failed to get AAD token. len = {} using client id {} and resource id {}, errorCode = {}";
        /// The same in short.
        "token-needs-user" TokenNeedsUser IntuneManagementExtension "|Need user interaction to continue|.";
        /// A token for a user.
        "token" Token { client: Guid, resource: Guid } IntuneManagementExtension
            "|Successfully get the token with client id {} and resource id {}";
        /// A user cannot be told to the service.
        "user-check-failed" UserCheckFailed { exception: &'a str } IntuneManagementExtension
            "|AAD User check is failed, exception is {}";
        /// Another audience is tried for the user's token.
        "audience-fallback" AudienceFallback { exception: &'a str } IntuneManagementExtension
            "AAD User check using device check in app is failed, |now fallback to the Graph audience. ex = {}";
        /// A request in the device's name alone.
        "device-only" DeviceOnly IntuneManagementExtension
            "|Userless session, skip UserToken for device check-in" | "|Skip Token for device check-in";
        /// A try of a request begins: its number from 0, and how many more may follow the first.
        "request-begins" RequestBegins { attempt: u64, retries: u64 } IntuneManagementExtension
            "[SendWebRequestInternal] |iteration [{}] started, total retryCount: {}";
        /// The id of a request and its method.
        "request-id" RequestId { request: Guid, method: &'a str } IntuneManagementExtension
            "|PrepareHeaders, client-request-id: {}, Method: {}";
        /// A request leaves, to this address.
        "request-sent" RequestSent { address: &'a str } IntuneManagementExtension
            "[SendWebRequestInternal] |Sending network request...  Current proxy is {}";
        /// A request leaves, with the number of its try; agents of 2020.
        "request-sent-try" RequestSentTry { attempt: u64 } IntuneManagementExtension
            "|Sending network request... retryCount = {}";
        /// A request was answered; often on another thread.
        "request-done" RequestDone IntuneManagementExtension "|[SendWebRequestInternal] Succeeded";
        /// The class of a failure, as .NET calls it.
        "failure-class" FailureClass { status: &'a str } IntuneManagementExtension
            "[IsWebExceptionRetryable] |web exception status = {}";
        /// The answer's HTTP status.
        "http-status" HttpStatus { status: u64 } IntuneManagementExtension "|statuscode is {}";
        /// The next try comes after so many seconds.
        "retry-wait" RetryWait { seconds: u64 } IntuneManagementExtension "[ServiceBase], |start delay {} seconds";
        /// A failure that is not tried again.
        "not-retried" NotRetried { exception: &'a str } IntuneManagementExtension
            "[SendWebRequestInternal] Web Exception occurs when sending network request, |non-retryable, the exception is {}";
        /// No way to the service.
        "offline" Offline IntuneManagementExtension
            "|The server or proxy was not found|." | "^|NameResolutionFailure$";
        /// Whether check-ins are throttled is looked up.
        "throttle-checked" ThrottleChecked IntuneManagementExtension "|Checking throttle setting";
        /// How many check-ins were counted in the window.
        "throttle-counted" ThrottleCounted { workload: &'a str, count: u64 } IntuneManagementExtension
            "|Successfully updated throttling info. workload {}, currentCnt = {}";
        /// That look-up is over.
        "throttle-finished" ThrottleFinished IntuneManagementExtension "|Finish throttle checking|.";
        /// A check-in of required apps is refused by the agent itself.
        "throttled" Throttled IntuneManagementExtension "|Required app check in is throttled|.";
        /// The device's certificate: its name, and when it ends, in the form of the system's language.
        "certificate" Certificate { name: &'a str, expires: &'a str } IntuneManagementExtension
            "|Refreshed MDM device certificate, CN is CN={}, expiry is {}";
        /// A check-in of the general workload.
        "generic-check-in" Generic IntuneManagementExtension "[GenericWorkload] |Initiating GenericWorkload Checkin";
        /// It had nothing to ask.
        "generic-skipped" GenericSkipped IntuneManagementExtension
            "[GenericWorkload] |Skipping Generic workload checkin|, no checkin intent scheduled.";
        /// A check-in of general policies; agents of 2020.
        "generic-policy" GenericPolicy IntuneManagementExtension "[Policy] |Policy workload thread starts|...";
        /// The proxy is looked for.
        "proxy-begins" ProxyBegins IntuneManagementExtension "[Proxy Poller] |Proxy polling thread starts|.";
        /// That is over.
        "proxy-ends" ProxyEnds IntuneManagementExtension "[Proxy Poller] |Proxy polling thread stopped|.";
        /// The helper that looks for the proxy took too long.
        "proxy-timeout" ProxyTimeout IntuneManagementExtension
            "[Proxy Poller] |Timeout happens when obtaining the proxy info|.";
    }
}
