# Bash completion for hiisi. deploy/install puts it where bash-completion loads
# it from; without that, source it. The names of one's own processes come from
# the daemon that `hiisi` would reach without --socket; none is started for a
# completion.

_hiisi_processes() {
  hiisi --no-autostart status --json 2>/dev/null \
    | grep -oE '\{"id":[0-9]+,"name":"[^"]*"' \
    | sed -E 's/.*"name":"([^"]*)"/\1/'
}

_hiisi() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local global='--json --color --socket --no-autostart --help --version'
  local verb='' verb_at=0 i
  COMPREPLY=()

  # The first word that is neither an option nor its value is the verb.
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --socket | --color) i=$((i + 1)) ;;
      -*) ;;
      *)
        verb=${COMP_WORDS[i]}
        verb_at=$i
        break
        ;;
    esac
  done

  case $previous in
    --socket) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --cwd) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    --color)
      mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$word")
      return ;;
    --stop-signal)
      mapfile -t COMPREPLY < <(compgen -A signal -- "$word")
      return ;;
    --on)
      mapfile -t COMPREPLY < <(compgen -W "start restart start_failed exit \
        backoff give_up stop remove port configuration recovery refusal" \
        -- "$word")
      return ;;
    --process)
      mapfile -t COMPREPLY < <(compgen -W "$(_hiisi_processes)" -- "$word")
      return ;;
    --user) mapfile -t COMPREPLY < <(compgen -A user -- "$word"); return ;;
    --format)
      mapfile -t COMPREPLY < <(compgen -W 'caddy nginx json' -- "$word")
      return ;;
    --limit)
      compopt -o nospace
      mapfile -t COMPREPLY < <(compgen -W 'nofile= nproc= cpu= memory=' \
        -- "$word")
      return ;;
    --name | --stop-timeout | --lines | -n | --since) return ;;
    --log-size | --log-keep | --grep) return ;;
    --label | --count | --near | --domain) return ;;
  esac

  local choices=$global
  case $verb in
    '')
      choices+=' run status logs stop start restart rm port events history'
      choices+=' hook quota doctor debug version help' ;;
    run)
      # Once the command has begun, all words are the command's own.
      for ((i = verb_at + 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
          --name | --cwd | --stop-signal | --stop-timeout | --limit | --socket \
            | --color | --log-size | --log-keep)
            i=$((i + 1)) ;;
          --) i=$((i + 1)); break ;;
          = | always | on-failure | no) ;; # bash parts --restart=no at "="
          -*) ;;
          *) break ;;
        esac
      done
      if ((i < COMP_CWORD)); then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
      fi
      if [[ $word != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$word"; compgen -f -- "$word")
        return
      fi
      choices+=' --restart --restart=on-failure --restart=no --name --cwd'
      choices+=' --port --port= --listen --listen=127.0.0.1'
      choices+=' --limit --login --timestamps --pty --log-size --log-keep'
      choices+=' --stop-signal --stop-timeout' ;;
    status) choices+=" --all $(_hiisi_processes)" ;;
    logs)
      choices+=" --follow --lines --since --grep --stdout --stderr --raw"
      ((COMP_CWORD > verb_at + 1)) || choices+=' clear'
      choices+=" $(_hiisi_processes)" ;;
    stop | start | restart) choices+=" --all $(_hiisi_processes)" ;;
    rm) choices+=" --all --keep-port --free-port $(_hiisi_processes)" ;;
    port)
      if ((COMP_CWORD == verb_at + 1)); then
        choices+=' allocate free lookup check suggest keep transfer accept gc'
        choices+=' export'
      else
        case ${COMP_WORDS[verb_at + 1]} in
          allocate) choices+=' --label --udp --count --contiguous' ;;
          free) choices+=' --force' ;;
          lookup) choices+=" $(compgen -A user)" ;;
          suggest) choices+=' --near --count' ;;
          keep) choices+=' --off' ;;
          transfer) choices+=" --cancel $(compgen -A user)" ;;
          gc) choices+=' --dry-run' ;;
          export) choices+=" --format --domain $(compgen -A user)" ;;
        esac
      fi ;;
    events) choices+=' --follow --lines --since --user' ;;
    quota) choices+=' --user' ;;
    history) choices+=" --follow --lines --since $(_hiisi_processes)" ;;
    hook)
      if ((COMP_CWORD == verb_at + 1)); then
        choices+=' add list rm'
      elif [[ ${COMP_WORDS[verb_at + 1]} == add ]]; then
        choices+=" --on --process $(compgen -c -- "$word")"
      fi ;;
    debug)
      if ((COMP_CWORD == verb_at + 1)); then
        choices+=' actors actor connections keeper timers registry config'
        choices+=' trace bundle'
      elif [[ ${COMP_WORDS[verb_at + 1]} == trace ]]; then
        choices+=' --follow --user'
      fi ;;
    help)
      choices='run status logs stop start restart rm port events history hook'
      choices+=' quota doctor debug version' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}

complete -F _hiisi hiisi
