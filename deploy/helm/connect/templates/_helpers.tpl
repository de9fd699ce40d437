{{- define "connect.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Labels of everything; component is what the object belongs to. Called with (list $ component). */ -}}
{{- define "connect.labels" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/component: {{ index . 1 }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ include "connect.name" $ }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
{{- with $.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Whether a value that may be a template says true. Called with (list $ value). */ -}}
{{- define "connect.true" -}}
{{- if eq (tpl (index . 1 | toString) (index . 0)) "true" }}true{{ end -}}
{{- end }}

{{- define "connect.ourServer" -}}
{{- if and .Values.connect.create (eq .Values.connect.implementation "connect-server") }}true{{ end -}}
{{- end }}

{{- /* Whether Connect speaks TLS, and the Secret with its certificate. */ -}}
{{- define "connect.tls" -}}
{{- if or .Values.connect.tls.enabled (and (include "connect.ourServer" .) .Values.connect.server.tls) }}true{{ end -}}
{{- end }}

{{- define "connect.ownCertificate" -}}
{{- if and (include "connect.ourServer" .) .Values.connect.server.tls (not .Values.connect.tls.enabled) }}{{ .Values.connect.applicationName }}-certificate{{ end -}}
{{- end }}

{{- define "connect.apiPort" -}}
{{- if include "connect.tls" . }}{{ .Values.connect.api.httpsPort }}{{ else }}{{ .Values.connect.api.httpPort }}{{ end -}}
{{- end }}

{{- define "connect.url" -}}
{{- if and .Values.operator.connectUrl (not .Values.connect.create) -}}
{{ .Values.operator.connectUrl }}
{{- else -}}
{{ include "connect.tls" . | empty | ternary "http" "https" }}://{{ .Values.connect.host }}:{{ include "connect.apiPort" . }}
{{- end -}}
{{- end }}

{{- /* The Secret whose tls.crt the operator trusts. */ -}}
{{- define "connect.trust" -}}
{{- .Values.operator.tls.trust.secret | default (include "connect.ownCertificate" .) -}}
{{- end }}

{{- /* The namespaces of watchNamespace, joined by commas. */ -}}
{{- define "connect.namespaces" -}}
{{- tpl (join "," .Values.operator.watchNamespace) . -}}
{{- end }}

{{- define "connect.environment" -}}
{{- range . }}
- name: {{ .name }}
  {{- if hasKey . "valueFrom" }}
  valueFrom:
    {{- toYaml .valueFrom | nindent 4 }}
  {{- else }}
  value: {{ .value | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* Annotations as an object or as a text with templates. Called with (list $ value). */ -}}
{{- define "connect.annotations" -}}
{{- with index . 1 }}
{{- if kindIs "string" . }}{{ tpl . (index $ 0) }}{{ else }}{{ toYaml . }}{{ end }}
{{- end }}
{{- end }}

{{- define "connect.pullSecrets" -}}
{{- with . }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* Where pods may run. Called with .Values.operator or .Values.connect. */ -}}
{{- define "connect.placement" -}}
{{- range $key := list "nodeSelector" "affinity" "tolerations" "topologySpreadConstraints" }}
{{- with index $ $key }}
{{ $key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{- /* The rules of the operator's role: what deploy/manifests/cluster_role.yaml grants. */ -}}
{{- define "connect.rules" -}}
{{- (.Files.Get "files/cluster_role.yaml" | fromYaml).rules | toYaml }}
{{- end }}

{{- define "connect.leaseRules" -}}
{{- (.Files.Get "files/lease_role.yaml" | fromYaml).rules | toYaml }}
{{- end }}

{{- define "connect.scaler" -}}
{{- /* Called with (list $ values kind component). */ -}}
{{- $ := index . 0 }}{{ $values := index . 1 }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $values.applicationName }}
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "connect.labels" (list $ (index . 2)) | nindent 4 }}
  {{- with $values.hpa.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $values.applicationName }}
  minReplicas: {{ $values.hpa.minReplicas }}
  maxReplicas: {{ $values.hpa.maxReplicas }}
  metrics:
    {{- range $resource, $percent := dict "memory" $values.hpa.avgMemoryUtilization "cpu" $values.hpa.avgCpuUtilization }}
    {{- if $percent }}
    - type: Resource
      resource:
        name: {{ $resource }}
        target:
          type: Utilization
          averageUtilization: {{ $percent }}
    {{- end }}
    {{- end }}
  {{- with $values.hpa.behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "connect.budget" -}}
{{- /* Called with (list $ values component selector). */ -}}
{{- $ := index . 0 }}{{ $values := index . 1 }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $values.applicationName }}
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "connect.labels" (list $ (index . 2)) | nindent 4 }}
  {{- with $values.pdb.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if $values.pdb.maxUnavailable }}
  maxUnavailable: {{ $values.pdb.maxUnavailable }}
  {{- else }}
  minAvailable: {{ $values.pdb.minAvailable }}
  {{- end }}
  selector:
    matchLabels:
      {{- toYaml (index . 3) | nindent 6 }}
{{- end }}

{{- /* How Prometheus asks: with the token of its own service account, whose rights the operator looks up. */ -}}
{{- define "connect.scrape" }}
      scheme: {{ .scheme }}
      interval: {{ .interval }}
      {{- if eq .scheme "https" }}
      bearerTokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
      tlsConfig:
        # Self-signed, unless operator.extraArgs names a certificate.
        insecureSkipVerify: true
      {{- end }}
{{- end }}

{{- define "connect.serverContainer" }}
          {{- $server := .Values.connect.server }}
          image: {{ $server.imageRepository }}:{{ $server.version }}
          imagePullPolicy: {{ .Values.connect.imagePullPolicy }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: data
              mountPath: /home/opuser/.op/data
            - name: keys
              mountPath: /keys
      {{- end }}
