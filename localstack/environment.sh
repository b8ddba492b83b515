# To be sourced by localstack/up: writes the file that users source.

# write_env FILE: what the stack is reached by, read from the variables of localstack/up. `. FILE off` undoes it.
write_env() {
  local file=$1 values
  values="$(env_values)"
  {
    cat <<'ENV'
# Written by localstack/up; to be sourced: `. localstack/env`, and `. localstack/env off` to undo it.
# The demo administrator of an account, and the operator of the emulator.

# What each variable was before is kept once, however often this is sourced.
_alog_keep() {
  for _alog_name in "$@"; do
    eval "[ -n \"\${_alog_had_$_alog_name+x}\" ] || { _alog_had_$_alog_name=\${$_alog_name+1}; _alog_was_$_alog_name=\${$_alog_name-}; }"
  done
}
_alog_undo() {
  for _alog_name in "$@"; do
    eval "case \"\${_alog_had_$_alog_name-none}\" in
      1) export $_alog_name=\"\$_alog_was_$_alog_name\" ;;
      '') unset $_alog_name ;;
    esac; unset _alog_had_$_alog_name _alog_was_$_alog_name"
  done
}

ENV
    # One line of all names: each is kept, and put back.
    local names
    names="AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL PATH $(sed -n 's/^export \([A-Z_0-9]*\)=.*/\1/p' <<<"$values" | tr '\n' ' ')"
    printf 'if [ "${1-}" = off ]; then\n  _alog_undo %s\nelse\n' "$names"
    printf '_alog_keep %s\nunset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL\n%s\nfi\n' "$names" "$values"
    printf 'unset -f _alog_keep _alog_undo\nunset _alog_name\n'
  } >"$file"
}

env_values() {
  cat <<ENV
export AWS_ACCESS_KEY_ID=$DEMO_KEY_ID
export AWS_SECRET_ACCESS_KEY=$DEMO_SECRET
export AWS_REGION=$REGION
export AWS_DEFAULT_REGION=$REGION
# Version 1 of the AWS CLI shows times as version 2 does, in ISO 8601.
export AWS_CONFIG_FILE=$STATE/aws-config
export AWS_ENDPOINT_URL_CLOUDTRAIL=$ORIGIN
export AWS_ENDPOINT_URL_S3=$GATEWAY
export ACTIVITY_LOG_URL=$ORIGIN
case ":\$PATH:" in *":$STATE/bin:"*) ;; *) export PATH="$STATE/bin:\$PATH" ;; esac

# For the operator's commands of alog, and for looking at what the emulator holds.
export AWS_ENDPOINT_URL_DYNAMODB=$GATEWAY
export AWS_ENDPOINT_URL_KMS=$GATEWAY
export AWS_ENDPOINT_URL_SQS=$GATEWAY
export AWS_ENDPOINT_URL_STS=$GATEWAY
export AWS_ENDPOINT_URL_EVENTBRIDGE=$GATEWAY
export AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=$GATEWAY
export ACTIVITY_LOG_STACK=$STACK
export ACTIVITY_LOG_STATE=$STATE
# What each function's role did, as the emulator saw it.
export ACTIVITY_LOG_CALLS_FILE=$STATE/calls.jsonl
export ACTIVITY_LOG_OPERATOR_ACCESS_KEY_ID=test
export ACTIVITY_LOG_OPERATOR_SECRET_ACCESS_KEY=test
export ACTIVITY_LOG_DEMO_ACCOUNT=$ACCOUNT
# The account's default project: every account has one, with the account's id.
export ACTIVITY_LOG_PROJECT=$ACCOUNT
export ACTIVITY_LOG_IMPORT_BUCKET=$OUT_ImportBucket
export ACTIVITY_LOG_EVENTS_QUEUE_URL=$OUT_EventsQueueUrl
export ACTIVITY_LOG_EVENTS_DEAD_LETTER_QUEUE_URL=$OUT_EventsDeadLetterQueueUrl
export ACTIVITY_LOG_IMPORTS_DEAD_LETTER_QUEUE_URL=$OUT_ImportsDeadLetterQueueUrl
ENV
}
