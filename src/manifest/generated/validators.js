// Generated from schemas/manifest/ by scripts/generate.ts; do not edit.
var __create=Object.create;var __defProp=Object.defineProperty;var __getOwnPropDesc=Object.getOwnPropertyDescriptor;var __getOwnPropNames=Object.getOwnPropertyNames;var __getProtoOf=Object.getPrototypeOf;var __hasOwnProp=Object.prototype.hasOwnProperty;var __commonJS=(cb,mod)=>function __require(){try{return mod||(0,cb[__getOwnPropNames(cb)[0]])((mod={exports:{}}).exports,mod),mod.exports}catch(e){throw mod=0,
e}};var __copyProps=(to,from,except,desc)=>{if(from&&typeof from==="object"||typeof from==="function"){for(let key of __getOwnPropNames(from))if(!__hasOwnProp.call(
to,key)&&key!==except)__defProp(to,key,{get:()=>from[key],enumerable:!(desc=__getOwnPropDesc(from,key))||desc.enumerable})}return to};var __toESM=(mod,isNodeMode,target)=>(target=mod!=null?__create(__getProtoOf(mod)):{},__copyProps(isNodeMode||!mod||!mod.__esModule?__defProp(target,"default",{
value:mod,enumerable:true}):target,mod));var require_compiled=__commonJS({"ajv:compiled"(exports){"use strict";exports.validateContainerManifest=validate44;var schema34={"title":"ContainerManifest","de\
scription":"A container that this host should run.","type":"object","additionalProperties":false,"required":["apiVersion","kind","metadata","spec"],"properties":{
"apiVersion":{"const":"reconcile/v1"},"kind":{"const":"Container"},"metadata":{"$ref":"#/$defs/metadata"},"spec":{"$ref":"#/$defs/spec"}}};var schema35={"type":"\
object","additionalProperties":false,"required":["name"],"properties":{"name":{"$ref":"#/$defs/name"},"project":{"description":"The full name is then <project>/\
<name>.","$ref":"#/$defs/name"},"labels":{"$ref":"#/$defs/texts"}}};var schema36={"type":"string","pattern":"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$","x-must":"be 2 \
to 128 of the characters a-z A-Z 0-9 _ . - and begin with a letter or a digit"};var schema38={"type":"object","additionalProperties":{"type":"string"}};var pattern4=new RegExp(
"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$","u");function validate22(data,{instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;
let errors=0;const evaluated0=validate22.evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&
typeof data=="object"&&!Array.isArray(data)){if(data.name===void 0){const err0={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"\
name"},message:"must have required property 'name'",schema:schema35.required,parentSchema:schema35,data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}
errors++}for(const key0 in data){if(!(key0==="name"||key0==="project"||key0==="labels")){const err1={instancePath,schemaPath:"#/additionalProperties",keyword:"a\
dditionalProperties",params:{additionalProperty:key0},message:"must NOT have additional properties",schema:false,parentSchema:schema35,data};if(vErrors===null){
vErrors=[err1]}else{vErrors.push(err1)}errors++}}if(data.name!==void 0){let data0=data.name;if(typeof data0==="string"){if(!pattern4.test(data0)){const err2={instancePath:instancePath+
"/name",schemaPath:"#/$defs/name/pattern",keyword:"pattern",params:{pattern:"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$"},message:'must match pattern "^[a-zA-Z0-9][a-zA\
-Z0-9_.-]{1,127}$"',schema:"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$",parentSchema:schema36,data:data0};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}}else{
const err3={instancePath:instancePath+"/name",schemaPath:"#/$defs/name/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema36.type,
parentSchema:schema36,data:data0};if(vErrors===null){vErrors=[err3]}else{vErrors.push(err3)}errors++}}if(data.project!==void 0){let data1=data.project;if(typeof data1===
"string"){if(!pattern4.test(data1)){const err4={instancePath:instancePath+"/project",schemaPath:"#/$defs/name/pattern",keyword:"pattern",params:{pattern:"^[a-zA\
-Z0-9][a-zA-Z0-9_.-]{1,127}$"},message:'must match pattern "^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$"',schema:"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$",parentSchema:schema36,
data:data1};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}}else{const err5={instancePath:instancePath+"/project",schemaPath:"#/$defs/name/t\
ype",keyword:"type",params:{type:"string"},message:"must be string",schema:schema36.type,parentSchema:schema36,data:data1};if(vErrors===null){vErrors=[err5]}else{
vErrors.push(err5)}errors++}}if(data.labels!==void 0){let data2=data.labels;if(data2&&typeof data2=="object"&&!Array.isArray(data2)){for(const key1 in data2){let data3=data2[key1];
if(typeof data3!=="string"){const err6={instancePath:instancePath+"/labels/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/$defs/texts/additionalPro\
perties/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema38.additionalProperties.type,parentSchema:schema38.additionalProperties,
data:data3};if(vErrors===null){vErrors=[err6]}else{vErrors.push(err6)}errors++}}}else{const err7={instancePath:instancePath+"/labels",schemaPath:"#/$defs/texts/\
type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema38.type,parentSchema:schema38,data:data2};if(vErrors===null){vErrors=[err7]}else{
vErrors.push(err7)}errors++}}}else{const err8={instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema35.type,
parentSchema:schema35,data};if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}validate22.errors=vErrors;return errors===0}validate22.evaluated=
{"props":true,"dynamicProps":false,"dynamicItems":false};var schema39={"type":"object","additionalProperties":false,"if":{"required":["image"]},"then":{"not":{"\
required":["rootfs"]}},"else":{"required":["rootfs"]},"properties":{"image":{"description":"As `docker run` takes it: nginx:1.27, registry.example:5000/app@sha2\
56:\u2026","type":"string"},"pull":{"description":"missing: when the image is not here. always: ask the registry first, once a process. never: it must be here.",
"enum":["always","missing","never"]},"rootfs":{"description":"Instead of an image: an absolute path, or `host`: a read-only view of the host's programs and libr\
aries. Never written.","type":"string"},"entrypoint":{"$ref":"#/$defs/words"},"command":{"$ref":"#/$defs/words"},"env":{"$ref":"#/$defs/texts"},"envFiles":{"des\
cription":"Relative to the manifest.","$ref":"#/$defs/words"},"user":{"description":"uid, uid:gid, name or name:group.","type":"string"},"workingDir":{"type":"s\
tring"},"init":{"description":"The first process is a small init, which reaps what is left to it and hands on signals.","type":"boolean"},"tty":{"description":"\
The first process has a terminal of its own; reconcile attach leads to it.","type":"boolean"},"hostname":{"type":"string"},"domainname":{"type":"string"},"state":{
"enum":["running","stopped","paused"]},"heal":{"description":"auto: what others change in the kernel is put back. report: it is told and left.","enum":["auto","\
report"]},"mounts":{"type":"array","items":{"anyOf":[{"type":"string"},{"$ref":"#/$defs/mount"}]}},"limits":{"$ref":"#/$defs/limits"},"networks":{"description":"\
Names of networks, or mappings; the first one has the default route. Absent: the project's default network, or the data-root's bridge.","type":"array","items":{
"anyOf":[{"type":"string"},{"$ref":"#/$defs/networkUse"}]}},"ports":{"description":"As `docker run -p` takes them: 8080:80, 127.0.0.1:8443:443/tcp, 8000-8010:80\
00-8010/udp; or mappings.","type":"array","items":{"anyOf":[{"type":"string"},{"$ref":"#/$defs/portUse"}]}},"dns":{"description":"Name servers; absent: the host\
's.","$ref":"#/$defs/words"},"dnsSearch":{"description":"Domains in which short names are looked for; [.]: none.","$ref":"#/$defs/words"},"dnsOptions":{"descrip\
tion":"As in resolv.conf(5): ndots:1.","$ref":"#/$defs/words"},"extraHosts":{"description":"name:address, as `docker run --add-host` takes them; host-gateway is\
 the host.","$ref":"#/$defs/words"},"links":{"description":"name:alias of containers on a network of this one: more names of them that this one alone knows.","$\
ref":"#/$defs/words"},"namespaces":{"type":"object","additionalProperties":false,"properties":{"pid":{"$ref":"#/$defs/joinable"},"ipc":{"$ref":"#/$defs/joinable"},
"uts":{"$ref":"#/$defs/joinable"},"net":{"$ref":"#/$defs/netSharing"},"cgroup":{"$ref":"#/$defs/sharing"}}},"capabilities":{"type":"object","additionalPropertie\
s":false,"properties":{"add":{"$ref":"#/$defs/words"},"drop":{"$ref":"#/$defs/words"}}},"security":{"type":"object","additionalProperties":false,"properties":{"\
readOnlyRoot":{"type":"boolean"},"noNewPrivileges":{"type":"boolean"},"maskedPaths":{"$ref":"#/$defs/paths"},"readonlyPaths":{"$ref":"#/$defs/paths"}}},"sysctls":{
"$ref":"#/$defs/texts"},"restart":{"description":"A policy alone, on-failure also with retries behind it as in on-failure:3; or a mapping. false, which YAML 1.1\
 makes of a bare no, is the policy no.","anyOf":[{"type":"string"},{"const":false},{"$ref":"#/$defs/restart"}]},"dependsOn":{"description":"Containers of the sa\
me source that must be so far before this one is started: names, or mappings.","type":"array","maxItems":1e3,"items":{"anyOf":[{"type":"string"},{"$ref":"#/$def\
s/dependency"}]}},"health":{"$ref":"#/$defs/health"},"stop":{"type":"object","additionalProperties":false,"properties":{"signal":{"type":"string"},"grace":{"$re\
f":"#/$defs/duration"}}},"logging":{"type":"object","additionalProperties":false,"properties":{"maxSize":{"description":"-1: no rotation.","$ref":"#/$defs/size"},
"maxFile":{"type":"integer","minimum":1,"maximum":1e3}}}}};var schema40={"type":"array","items":{"type":"string"}};var schema61={"type":"object","additionalProp\
erties":false,"required":["container","host"],"properties":{"container":{"description":"A port, or a range: 80, 8000-8010.","type":["integer","string"]},"host":{
"description":"The same of the host; as many.","type":["integer","string"]},"hostAddress":{"description":"Absent: all addresses of the host.","type":"string"},"\
protocol":{"enum":["tcp","udp"]}}};var schema67={"description":"private, host, or container:NAME: that of another container.","type":"string","if":{"pattern":"^\
container:."},"else":{"enum":["private","host","container:NAME"]}};var schema70={"description":"private, host, none (a loopback alone), or container:NAME: that \
of another container.","type":"string","if":{"pattern":"^container:."},"else":{"enum":["private","host","none","container:NAME"]}};var schema71={"enum":["privat\
e","host"]};var schema77={"type":"object","additionalProperties":false,"required":["policy"],"properties":{"policy":{"enum":["no","on-failure","always","unless-\
stopped"]},"maxRetries":{"type":"integer","minimum":0,"maximum":1e6}}};var schema78={"type":"object","additionalProperties":false,"required":["name"],"propertie\
s":{"name":{"description":"Looked for in the own project first; <project>/<name> is another one's.","type":"string"},"condition":{"description":"started: it run\
s, or has run. healthy: its health check says so; without one, it runs. completed: it has ended with 0.","enum":["started","healthy","completed"]},"required":{"\
description":"false: absent or failed, it is not waited for.","type":"boolean"},"restartWith":{"description":"Restart this one when that one was.","type":"boole\
an"}}};var schema81={"description":"As in Go: 10s, 1m30s, 500ms.","type":"string"};var schema48={"description":"Bytes, or a number with Ki, Mi or Gi.","type":["\
integer","string"]};var func1=Object.prototype.hasOwnProperty;var schema44={"type":"object","required":["type"],"discriminator":{"propertyName":"type"},"oneOf":[
{"$ref":"#/$defs/volumeMount"},{"$ref":"#/$defs/bindMount"},{"$ref":"#/$defs/tmpfsMount"}]};var schema49={"type":"object","additionalProperties":false,"required":[
"type","target"],"properties":{"type":{"const":"volume"},"name":{"description":"Absent: an anonymous volume, owned by this container.","type":"string"},"target":{
"type":"string"},"readOnly":{"type":"boolean"},"noCopy":{"description":"Leave a new volume empty, instead of filling it with what the image has at the target.",
"type":"boolean"}}};var schema45={"type":"object","additionalProperties":false,"required":["type","source","target"],"properties":{"type":{"const":"bind"},"sour\
ce":{"description":"Absolute, or relative to the manifest.","type":"string"},"target":{"type":"string"},"readOnly":{"type":"boolean"},"recursive":{"type":"boole\
an"},"propagation":{"enum":["rprivate","private","rslave","slave","rshared","shared"]},"createSource":{"description":"Make a directory where the source is missi\
ng.","type":"boolean"},"requireMount":{"description":"Wait until the source is a mount point, and don't follow it when it is none any more.","type":"boolean"},"\
onChange":{"description":"What a change of the content of a bound file asks for beside being told: nothing, a restart, or a signal to the first process.","anyOf":[
{"enum":["report","restart"]},{"$ref":"#/$defs/onChange"}]}}};var schema46={"type":"object","additionalProperties":false,"required":["signal"],"properties":{"si\
gnal":{"type":"string"}}};function validate26(data,{instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;
const evaluated0=validate26.evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data==
"object"&&!Array.isArray(data)){if(data.type===void 0){const err0={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"type"},message:"\
must have required property 'type'",schema:schema45.required,parentSchema:schema45,data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}if(data.
source===void 0){const err1={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"source"},message:"must have required property 'sou\
rce'",schema:schema45.required,parentSchema:schema45,data};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}if(data.target===void 0){const err2={
instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"target"},message:"must have required property 'target'",schema:schema45.required,
parentSchema:schema45,data};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}for(const key0 in data){if(!func1.call(schema45.properties,key0)){
const err3={instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additional p\
roperties",schema:false,parentSchema:schema45,data};if(vErrors===null){vErrors=[err3]}else{vErrors.push(err3)}errors++}}if(data.type!==void 0){let data0=data.type;
if("bind"!==data0){const err4={instancePath:instancePath+"/type",schemaPath:"#/properties/type/const",keyword:"const",params:{allowedValue:"bind"},message:"must\
 be equal to constant",schema:"bind",parentSchema:schema45.properties.type,data:data0};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}}if(data.
source!==void 0){let data1=data.source;if(typeof data1!=="string"){const err5={instancePath:instancePath+"/source",schemaPath:"#/properties/source/type",keyword:"\
type",params:{type:"string"},message:"must be string",schema:schema45.properties.source.type,parentSchema:schema45.properties.source,data:data1};if(vErrors===null){
vErrors=[err5]}else{vErrors.push(err5)}errors++}}if(data.target!==void 0){let data2=data.target;if(typeof data2!=="string"){const err6={instancePath:instancePath+
"/target",schemaPath:"#/properties/target/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema45.properties.target.type,parentSchema:schema45.
properties.target,data:data2};if(vErrors===null){vErrors=[err6]}else{vErrors.push(err6)}errors++}}if(data.readOnly!==void 0){let data3=data.readOnly;if(typeof data3!==
"boolean"){const err7={instancePath:instancePath+"/readOnly",schemaPath:"#/properties/readOnly/type",keyword:"type",params:{type:"boolean"},message:"must be boo\
lean",schema:schema45.properties.readOnly.type,parentSchema:schema45.properties.readOnly,data:data3};if(vErrors===null){vErrors=[err7]}else{vErrors.push(err7)}errors++}}
if(data.recursive!==void 0){let data4=data.recursive;if(typeof data4!=="boolean"){const err8={instancePath:instancePath+"/recursive",schemaPath:"#/properties/re\
cursive/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema45.properties.recursive.type,parentSchema:schema45.properties.recursive,
data:data4};if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}}if(data.propagation!==void 0){let data5=data.propagation;if(!(data5==="rprivate"||
data5==="private"||data5==="rslave"||data5==="slave"||data5==="rshared"||data5==="shared")){const err9={instancePath:instancePath+"/propagation",schemaPath:"#/p\
roperties/propagation/enum",keyword:"enum",params:{allowedValues:schema45.properties.propagation.enum},message:"must be equal to one of the allowed values",schema:schema45.
properties.propagation.enum,parentSchema:schema45.properties.propagation,data:data5};if(vErrors===null){vErrors=[err9]}else{vErrors.push(err9)}errors++}}if(data.
createSource!==void 0){let data6=data.createSource;if(typeof data6!=="boolean"){const err10={instancePath:instancePath+"/createSource",schemaPath:"#/properties/\
createSource/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema45.properties.createSource.type,parentSchema:schema45.properties.
createSource,data:data6};if(vErrors===null){vErrors=[err10]}else{vErrors.push(err10)}errors++}}if(data.requireMount!==void 0){let data7=data.requireMount;if(typeof data7!==
"boolean"){const err11={instancePath:instancePath+"/requireMount",schemaPath:"#/properties/requireMount/type",keyword:"type",params:{type:"boolean"},message:"mu\
st be boolean",schema:schema45.properties.requireMount.type,parentSchema:schema45.properties.requireMount,data:data7};if(vErrors===null){vErrors=[err11]}else{vErrors.
push(err11)}errors++}}if(data.onChange!==void 0){let data8=data.onChange;const _errs17=errors;let valid1=false;const _errs18=errors;if(!(data8==="report"||data8===
"restart")){const err12={instancePath:instancePath+"/onChange",schemaPath:"#/properties/onChange/anyOf/0/enum",keyword:"enum",params:{allowedValues:schema45.properties.
onChange.anyOf[0].enum},message:"must be equal to one of the allowed values",schema:schema45.properties.onChange.anyOf[0].enum,parentSchema:schema45.properties.
onChange.anyOf[0],data:data8};if(vErrors===null){vErrors=[err12]}else{vErrors.push(err12)}errors++}var _valid0=_errs18===errors;valid1=valid1||_valid0;const _errs19=errors;
if(data8&&typeof data8=="object"&&!Array.isArray(data8)){if(data8.signal===void 0){const err13={instancePath:instancePath+"/onChange",schemaPath:"#/$defs/onChan\
ge/required",keyword:"required",params:{missingProperty:"signal"},message:"must have required property 'signal'",schema:schema46.required,parentSchema:schema46,
data:data8};if(vErrors===null){vErrors=[err13]}else{vErrors.push(err13)}errors++}for(const key1 in data8){if(!(key1==="signal")){const err14={instancePath:instancePath+
"/onChange",schemaPath:"#/$defs/onChange/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key1},message:"must NOT have additional\
 properties",schema:false,parentSchema:schema46,data:data8};if(vErrors===null){vErrors=[err14]}else{vErrors.push(err14)}errors++}}if(data8.signal!==void 0){let data9=data8.
signal;if(typeof data9!=="string"){const err15={instancePath:instancePath+"/onChange/signal",schemaPath:"#/$defs/onChange/properties/signal/type",keyword:"type",
params:{type:"string"},message:"must be string",schema:schema46.properties.signal.type,parentSchema:schema46.properties.signal,data:data9};if(vErrors===null){vErrors=
[err15]}else{vErrors.push(err15)}errors++}}}else{const err16={instancePath:instancePath+"/onChange",schemaPath:"#/$defs/onChange/type",keyword:"type",params:{type:"\
object"},message:"must be object",schema:schema46.type,parentSchema:schema46,data:data8};if(vErrors===null){vErrors=[err16]}else{vErrors.push(err16)}errors++}var _valid0=_errs19===
errors;valid1=valid1||_valid0;if(!valid1){const err17={instancePath:instancePath+"/onChange",schemaPath:"#/properties/onChange/anyOf",keyword:"anyOf",params:{},
message:"must match a schema in anyOf",schema:schema45.properties.onChange.anyOf,parentSchema:schema45.properties.onChange,data:data8};if(vErrors===null){vErrors=
[err17]}else{vErrors.push(err17)}errors++}else{errors=_errs17;if(vErrors!==null){if(_errs17){vErrors.length=_errs17}else{vErrors=null}}}}}else{const err18={instancePath,
schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema45.type,parentSchema:schema45,data};if(vErrors===null){vErrors=[
err18]}else{vErrors.push(err18)}errors++}validate26.errors=vErrors;return errors===0}validate26.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};
var schema47={"type":"object","additionalProperties":false,"required":["type","target"],"properties":{"type":{"const":"tmpfs"},"target":{"type":"string"},"readO\
nly":{"type":"boolean"},"size":{"$ref":"#/$defs/size"},"mode":{"description":'Octal digits in quotes, such as "1777".',"type":"string","pattern":"^[01]?[0-7]{3}\
$","x-must":'be three or four octal digits such as "1777"'}}};var pattern8=new RegExp("^[01]?[0-7]{3}$","u");function validate27(data,{instancePath="",parentData,
parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;const evaluated0=validate27.evaluated;if(evaluated0.dynamicProps){evaluated0.
props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data=="object"&&!Array.isArray(data)){if(data.type===void 0){const err0={instancePath,
schemaPath:"#/required",keyword:"required",params:{missingProperty:"type"},message:"must have required property 'type'",schema:schema47.required,parentSchema:schema47,
data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}if(data.target===void 0){const err1={instancePath,schemaPath:"#/required",keyword:"requ\
ired",params:{missingProperty:"target"},message:"must have required property 'target'",schema:schema47.required,parentSchema:schema47,data};if(vErrors===null){vErrors=
[err1]}else{vErrors.push(err1)}errors++}for(const key0 in data){if(!(key0==="type"||key0==="target"||key0==="readOnly"||key0==="size"||key0==="mode")){const err2={
instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additional properties",schema:false,
parentSchema:schema47,data};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}}if(data.type!==void 0){let data0=data.type;if("tmpfs"!==data0){const err3={
instancePath:instancePath+"/type",schemaPath:"#/properties/type/const",keyword:"const",params:{allowedValue:"tmpfs"},message:"must be equal to constant",schema:"\
tmpfs",parentSchema:schema47.properties.type,data:data0};if(vErrors===null){vErrors=[err3]}else{vErrors.push(err3)}errors++}}if(data.target!==void 0){let data1=data.
target;if(typeof data1!=="string"){const err4={instancePath:instancePath+"/target",schemaPath:"#/properties/target/type",keyword:"type",params:{type:"string"},message:"\
must be string",schema:schema47.properties.target.type,parentSchema:schema47.properties.target,data:data1};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}
errors++}}if(data.readOnly!==void 0){let data2=data.readOnly;if(typeof data2!=="boolean"){const err5={instancePath:instancePath+"/readOnly",schemaPath:"#/proper\
ties/readOnly/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema47.properties.readOnly.type,parentSchema:schema47.properties.readOnly,
data:data2};if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}}if(data.size!==void 0){let data3=data.size;if(!(typeof data3=="number"&&(!(data3%
1)&&!isNaN(data3))&&isFinite(data3))&&typeof data3!=="string"){const err6={instancePath:instancePath+"/size",schemaPath:"#/$defs/size/type",keyword:"type",params:{
type:schema48.type},message:"must be integer,string",schema:schema48.type,parentSchema:schema48,data:data3};if(vErrors===null){vErrors=[err6]}else{vErrors.push(
err6)}errors++}}if(data.mode!==void 0){let data4=data.mode;if(typeof data4==="string"){if(!pattern8.test(data4)){const err7={instancePath:instancePath+"/mode",schemaPath:"\
#/properties/mode/pattern",keyword:"pattern",params:{pattern:"^[01]?[0-7]{3}$"},message:'must match pattern "^[01]?[0-7]{3}$"',schema:"^[01]?[0-7]{3}$",parentSchema:schema47.
properties.mode,data:data4};if(vErrors===null){vErrors=[err7]}else{vErrors.push(err7)}errors++}}else{const err8={instancePath:instancePath+"/mode",schemaPath:"#\
/properties/mode/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema47.properties.mode.type,parentSchema:schema47.properties.mode,
data:data4};if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}}}else{const err9={instancePath,schemaPath:"#/type",keyword:"type",params:{type:"\
object"},message:"must be object",schema:schema47.type,parentSchema:schema47,data};if(vErrors===null){vErrors=[err9]}else{vErrors.push(err9)}errors++}validate27.
errors=vErrors;return errors===0}validate27.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};function validate25(data,{instancePath="",parentData,
parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;const evaluated0=validate25.evaluated;if(evaluated0.dynamicProps){evaluated0.
props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data=="object"&&!Array.isArray(data)){if(data.type===void 0){const err0={instancePath,
schemaPath:"#/required",keyword:"required",params:{missingProperty:"type"},message:"must have required property 'type'",schema:schema44.required,parentSchema:schema44,
data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}const tag0=data.type;if(typeof tag0=="string"){if(tag0==="volume"){if(data&&typeof data==
"object"&&!Array.isArray(data)){if(data.type===void 0){const err1={instancePath,schemaPath:"#/$defs/volumeMount/required",keyword:"required",params:{missingProperty:"\
type"},message:"must have required property 'type'",schema:schema49.required,parentSchema:schema49,data};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}
errors++}if(data.target===void 0){const err2={instancePath,schemaPath:"#/$defs/volumeMount/required",keyword:"required",params:{missingProperty:"target"},message:"\
must have required property 'target'",schema:schema49.required,parentSchema:schema49,data};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}for(const key0 in data){
if(!(key0==="type"||key0==="name"||key0==="target"||key0==="readOnly"||key0==="noCopy")){const err3={instancePath,schemaPath:"#/$defs/volumeMount/additionalProp\
erties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additional properties",schema:false,parentSchema:schema49,data};if(vErrors===
null){vErrors=[err3]}else{vErrors.push(err3)}errors++}}if(data.type!==void 0){let data0=data.type;if("volume"!==data0){const err4={instancePath:instancePath+"/t\
ype",schemaPath:"#/$defs/volumeMount/properties/type/const",keyword:"const",params:{allowedValue:"volume"},message:"must be equal to constant",schema:"volume",parentSchema:schema49.
properties.type,data:data0};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}}if(data.name!==void 0){let data1=data.name;if(typeof data1!=="st\
ring"){const err5={instancePath:instancePath+"/name",schemaPath:"#/$defs/volumeMount/properties/name/type",keyword:"type",params:{type:"string"},message:"must b\
e string",schema:schema49.properties.name.type,parentSchema:schema49.properties.name,data:data1};if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}}
if(data.target!==void 0){let data2=data.target;if(typeof data2!=="string"){const err6={instancePath:instancePath+"/target",schemaPath:"#/$defs/volumeMount/prope\
rties/target/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema49.properties.target.type,parentSchema:schema49.properties.target,
data:data2};if(vErrors===null){vErrors=[err6]}else{vErrors.push(err6)}errors++}}if(data.readOnly!==void 0){let data3=data.readOnly;if(typeof data3!=="boolean"){
const err7={instancePath:instancePath+"/readOnly",schemaPath:"#/$defs/volumeMount/properties/readOnly/type",keyword:"type",params:{type:"boolean"},message:"must\
 be boolean",schema:schema49.properties.readOnly.type,parentSchema:schema49.properties.readOnly,data:data3};if(vErrors===null){vErrors=[err7]}else{vErrors.push(
err7)}errors++}}if(data.noCopy!==void 0){let data4=data.noCopy;if(typeof data4!=="boolean"){const err8={instancePath:instancePath+"/noCopy",schemaPath:"#/$defs/\
volumeMount/properties/noCopy/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema49.properties.noCopy.type,parentSchema:schema49.
properties.noCopy,data:data4};if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}}}else{const err9={instancePath,schemaPath:"#/$defs/volumeMount\
/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema49.type,parentSchema:schema49,data};if(vErrors===null){vErrors=[err9]}else{vErrors.
push(err9)}errors++}var props0=true}else if(tag0==="bind"){if(!validate26(data,{instancePath,parentData,parentDataProperty,rootData,dynamicAnchors})){vErrors=vErrors===
null?validate26.errors:vErrors.concat(validate26.errors);errors=vErrors.length}if(props0!==true){props0=true}}else if(tag0==="tmpfs"){if(!validate27(data,{instancePath,
parentData,parentDataProperty,rootData,dynamicAnchors})){vErrors=vErrors===null?validate27.errors:vErrors.concat(validate27.errors);errors=vErrors.length}if(props0!==
true){props0=true}}else{const err10={instancePath,schemaPath:"#/discriminator",keyword:"discriminator",params:{error:"mapping",tag:"type",tagValue:tag0},message:'\
value of tag "type" must be in oneOf',schema:schema44.discriminator,parentSchema:schema44,data};if(vErrors===null){vErrors=[err10]}else{vErrors.push(err10)}errors++}}else{
const err11={instancePath,schemaPath:"#/discriminator",keyword:"discriminator",params:{error:"tag",tag:"type",tagValue:tag0},message:'tag "type" must be string',
schema:schema44.discriminator,parentSchema:schema44,data};if(vErrors===null){vErrors=[err11]}else{vErrors.push(err11)}errors++}}else{const err12={instancePath,schemaPath:"\
#/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema44.type,parentSchema:schema44,data};if(vErrors===null){vErrors=[err12]}else{
vErrors.push(err12)}errors++}validate25.errors=vErrors;evaluated0.props=props0;return errors===0}validate25.evaluated={"dynamicProps":true,"dynamicItems":false};
var schema50={"type":"object","additionalProperties":false,"properties":{"cpus":{"type":"number"},"cpuPeriod":{"description":"\xB5s","type":"integer","minimum":1e3,
"maximum":1e6},"cpuQuota":{"description":"\xB5s; -1: unlimited","type":"integer"},"cpuShares":{"type":"integer","minimum":2,"maximum":262144},"cpusetCpus":{"typ\
e":"string"},"cpusetMems":{"type":"string"},"memory":{"$ref":"#/$defs/size"},"memorySwap":{"description":"Memory plus swap; -1: unlimited.","$ref":"#/$defs/size"},
"memoryReservation":{"$ref":"#/$defs/size"},"pids":{"description":"-1: unlimited.","type":"integer"},"blkioWeight":{"description":"Share of block I/O where a sc\
heduler weighs it.","type":"integer","minimum":10,"maximum":1e3},"blkio":{"description":"What each of these devices is throttled to.","type":"array","maxItems":64,
"items":{"$ref":"#/$defs/deviceRates"}},"ulimits":{"type":"object","additionalProperties":{"$ref":"#/$defs/ulimit"}},"oomScoreAdj":{"type":"integer","minimum":-1e3,
"maximum":1e3},"shmSize":{"$ref":"#/$defs/size"},"bestEffort":{"description":"Show a limit that this kernel can't enforce instead of refusing it.","type":"boole\
an"}}};var schema57={"type":"object","additionalProperties":false,"required":["soft","hard"],"properties":{"soft":{"description":"-1: unlimited.","type":"intege\
r","minimum":-1},"hard":{"description":"-1: unlimited.","type":"integer","minimum":-1}}};var schema54={"type":"object","additionalProperties":false,"required":[
"device"],"properties":{"device":{"description":"Absolute path of a whole disk.","type":"string"},"readBps":{"description":"Bytes a second.","$ref":"#/$defs/siz\
e"},"writeBps":{"description":"Bytes a second.","$ref":"#/$defs/size"},"readIops":{"description":"Operations a second.","type":"integer","minimum":2,"maximum":4294967294},
"writeIops":{"description":"Operations a second.","type":"integer","minimum":2,"maximum":4294967294}}};function validate32(data,{instancePath="",parentData,parentDataProperty,
rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;const evaluated0=validate32.evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.
dynamicItems){evaluated0.items=void 0}if(data&&typeof data=="object"&&!Array.isArray(data)){if(data.device===void 0){const err0={instancePath,schemaPath:"#/requ\
ired",keyword:"required",params:{missingProperty:"device"},message:"must have required property 'device'",schema:schema54.required,parentSchema:schema54,data};if(vErrors===
null){vErrors=[err0]}else{vErrors.push(err0)}errors++}for(const key0 in data){if(!(key0==="device"||key0==="readBps"||key0==="writeBps"||key0==="readIops"||key0===
"writeIops")){const err1={instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT hav\
e additional properties",schema:false,parentSchema:schema54,data};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}}if(data.device!==void 0){let data0=data.
device;if(typeof data0!=="string"){const err2={instancePath:instancePath+"/device",schemaPath:"#/properties/device/type",keyword:"type",params:{type:"string"},message:"\
must be string",schema:schema54.properties.device.type,parentSchema:schema54.properties.device,data:data0};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}
errors++}}if(data.readBps!==void 0){let data1=data.readBps;if(!(typeof data1=="number"&&(!(data1%1)&&!isNaN(data1))&&isFinite(data1))&&typeof data1!=="string"){
const err3={instancePath:instancePath+"/readBps",schemaPath:"#/$defs/size/type",keyword:"type",params:{type:schema48.type},message:"must be integer,string",schema:schema48.
type,parentSchema:schema48,data:data1};if(vErrors===null){vErrors=[err3]}else{vErrors.push(err3)}errors++}}if(data.writeBps!==void 0){let data2=data.writeBps;if(!(typeof data2==
"number"&&(!(data2%1)&&!isNaN(data2))&&isFinite(data2))&&typeof data2!=="string"){const err4={instancePath:instancePath+"/writeBps",schemaPath:"#/$defs/size/typ\
e",keyword:"type",params:{type:schema48.type},message:"must be integer,string",schema:schema48.type,parentSchema:schema48,data:data2};if(vErrors===null){vErrors=
[err4]}else{vErrors.push(err4)}errors++}}if(data.readIops!==void 0){let data3=data.readIops;if(!(typeof data3=="number"&&(!(data3%1)&&!isNaN(data3))&&isFinite(data3))){
const err5={instancePath:instancePath+"/readIops",schemaPath:"#/properties/readIops/type",keyword:"type",params:{type:"integer"},message:"must be integer",schema:schema54.
properties.readIops.type,parentSchema:schema54.properties.readIops,data:data3};if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}if(typeof data3==
"number"&&isFinite(data3)){if(data3>4294967294||isNaN(data3)){const err6={instancePath:instancePath+"/readIops",schemaPath:"#/properties/readIops/maximum",keyword:"\
maximum",params:{comparison:"<=",limit:4294967294},message:"must be <= 4294967294",schema:4294967294,parentSchema:schema54.properties.readIops,data:data3};if(vErrors===
null){vErrors=[err6]}else{vErrors.push(err6)}errors++}if(data3<2||isNaN(data3)){const err7={instancePath:instancePath+"/readIops",schemaPath:"#/properties/readI\
ops/minimum",keyword:"minimum",params:{comparison:">=",limit:2},message:"must be >= 2",schema:2,parentSchema:schema54.properties.readIops,data:data3};if(vErrors===
null){vErrors=[err7]}else{vErrors.push(err7)}errors++}}}if(data.writeIops!==void 0){let data4=data.writeIops;if(!(typeof data4=="number"&&(!(data4%1)&&!isNaN(data4))&&
isFinite(data4))){const err8={instancePath:instancePath+"/writeIops",schemaPath:"#/properties/writeIops/type",keyword:"type",params:{type:"integer"},message:"mu\
st be integer",schema:schema54.properties.writeIops.type,parentSchema:schema54.properties.writeIops,data:data4};if(vErrors===null){vErrors=[err8]}else{vErrors.push(
err8)}errors++}if(typeof data4=="number"&&isFinite(data4)){if(data4>4294967294||isNaN(data4)){const err9={instancePath:instancePath+"/writeIops",schemaPath:"#/p\
roperties/writeIops/maximum",keyword:"maximum",params:{comparison:"<=",limit:4294967294},message:"must be <= 4294967294",schema:4294967294,parentSchema:schema54.
properties.writeIops,data:data4};if(vErrors===null){vErrors=[err9]}else{vErrors.push(err9)}errors++}if(data4<2||isNaN(data4)){const err10={instancePath:instancePath+
"/writeIops",schemaPath:"#/properties/writeIops/minimum",keyword:"minimum",params:{comparison:">=",limit:2},message:"must be >= 2",schema:2,parentSchema:schema54.
properties.writeIops,data:data4};if(vErrors===null){vErrors=[err10]}else{vErrors.push(err10)}errors++}}}}else{const err11={instancePath,schemaPath:"#/type",keyword:"\
type",params:{type:"object"},message:"must be object",schema:schema54.type,parentSchema:schema54,data};if(vErrors===null){vErrors=[err11]}else{vErrors.push(err11)}
errors++}validate32.errors=vErrors;return errors===0}validate32.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};function validate31(data,{instancePath="",
parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;const evaluated0=validate31.evaluated;if(evaluated0.dynamicProps){
evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data=="object"&&!Array.isArray(data)){for(const key0 in data){if(!func1.
call(schema50.properties,key0)){const err0={instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"\
must NOT have additional properties",schema:false,parentSchema:schema50,data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}}if(data.cpus!==
void 0){let data0=data.cpus;if(!(typeof data0=="number"&&isFinite(data0))){const err1={instancePath:instancePath+"/cpus",schemaPath:"#/properties/cpus/type",keyword:"\
type",params:{type:"number"},message:"must be number",schema:schema50.properties.cpus.type,parentSchema:schema50.properties.cpus,data:data0};if(vErrors===null){
vErrors=[err1]}else{vErrors.push(err1)}errors++}}if(data.cpuPeriod!==void 0){let data1=data.cpuPeriod;if(!(typeof data1=="number"&&(!(data1%1)&&!isNaN(data1))&&
isFinite(data1))){const err2={instancePath:instancePath+"/cpuPeriod",schemaPath:"#/properties/cpuPeriod/type",keyword:"type",params:{type:"integer"},message:"mu\
st be integer",schema:schema50.properties.cpuPeriod.type,parentSchema:schema50.properties.cpuPeriod,data:data1};if(vErrors===null){vErrors=[err2]}else{vErrors.push(
err2)}errors++}if(typeof data1=="number"&&isFinite(data1)){if(data1>1e6||isNaN(data1)){const err3={instancePath:instancePath+"/cpuPeriod",schemaPath:"#/properti\
es/cpuPeriod/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e6},message:"must be <= 1000000",schema:1e6,parentSchema:schema50.properties.cpuPeriod,data:data1};
if(vErrors===null){vErrors=[err3]}else{vErrors.push(err3)}errors++}if(data1<1e3||isNaN(data1)){const err4={instancePath:instancePath+"/cpuPeriod",schemaPath:"#/\
properties/cpuPeriod/minimum",keyword:"minimum",params:{comparison:">=",limit:1e3},message:"must be >= 1000",schema:1e3,parentSchema:schema50.properties.cpuPeriod,
data:data1};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}}}if(data.cpuQuota!==void 0){let data2=data.cpuQuota;if(!(typeof data2=="number"&&
(!(data2%1)&&!isNaN(data2))&&isFinite(data2))){const err5={instancePath:instancePath+"/cpuQuota",schemaPath:"#/properties/cpuQuota/type",keyword:"type",params:{
type:"integer"},message:"must be integer",schema:schema50.properties.cpuQuota.type,parentSchema:schema50.properties.cpuQuota,data:data2};if(vErrors===null){vErrors=
[err5]}else{vErrors.push(err5)}errors++}}if(data.cpuShares!==void 0){let data3=data.cpuShares;if(!(typeof data3=="number"&&(!(data3%1)&&!isNaN(data3))&&isFinite(
data3))){const err6={instancePath:instancePath+"/cpuShares",schemaPath:"#/properties/cpuShares/type",keyword:"type",params:{type:"integer"},message:"must be int\
eger",schema:schema50.properties.cpuShares.type,parentSchema:schema50.properties.cpuShares,data:data3};if(vErrors===null){vErrors=[err6]}else{vErrors.push(err6)}
errors++}if(typeof data3=="number"&&isFinite(data3)){if(data3>262144||isNaN(data3)){const err7={instancePath:instancePath+"/cpuShares",schemaPath:"#/properties/\
cpuShares/maximum",keyword:"maximum",params:{comparison:"<=",limit:262144},message:"must be <= 262144",schema:262144,parentSchema:schema50.properties.cpuShares,
data:data3};if(vErrors===null){vErrors=[err7]}else{vErrors.push(err7)}errors++}if(data3<2||isNaN(data3)){const err8={instancePath:instancePath+"/cpuShares",schemaPath:"\
#/properties/cpuShares/minimum",keyword:"minimum",params:{comparison:">=",limit:2},message:"must be >= 2",schema:2,parentSchema:schema50.properties.cpuShares,data:data3};
if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}}}if(data.cpusetCpus!==void 0){let data4=data.cpusetCpus;if(typeof data4!=="string"){const err9={
instancePath:instancePath+"/cpusetCpus",schemaPath:"#/properties/cpusetCpus/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema50.
properties.cpusetCpus.type,parentSchema:schema50.properties.cpusetCpus,data:data4};if(vErrors===null){vErrors=[err9]}else{vErrors.push(err9)}errors++}}if(data.cpusetMems!==
void 0){let data5=data.cpusetMems;if(typeof data5!=="string"){const err10={instancePath:instancePath+"/cpusetMems",schemaPath:"#/properties/cpusetMems/type",keyword:"\
type",params:{type:"string"},message:"must be string",schema:schema50.properties.cpusetMems.type,parentSchema:schema50.properties.cpusetMems,data:data5};if(vErrors===
null){vErrors=[err10]}else{vErrors.push(err10)}errors++}}if(data.memory!==void 0){let data6=data.memory;if(!(typeof data6=="number"&&(!(data6%1)&&!isNaN(data6))&&
isFinite(data6))&&typeof data6!=="string"){const err11={instancePath:instancePath+"/memory",schemaPath:"#/$defs/size/type",keyword:"type",params:{type:schema48.
type},message:"must be integer,string",schema:schema48.type,parentSchema:schema48,data:data6};if(vErrors===null){vErrors=[err11]}else{vErrors.push(err11)}errors++}}
if(data.memorySwap!==void 0){let data7=data.memorySwap;if(!(typeof data7=="number"&&(!(data7%1)&&!isNaN(data7))&&isFinite(data7))&&typeof data7!=="string"){const err12={
instancePath:instancePath+"/memorySwap",schemaPath:"#/$defs/size/type",keyword:"type",params:{type:schema48.type},message:"must be integer,string",schema:schema48.
type,parentSchema:schema48,data:data7};if(vErrors===null){vErrors=[err12]}else{vErrors.push(err12)}errors++}}if(data.memoryReservation!==void 0){let data8=data.
memoryReservation;if(!(typeof data8=="number"&&(!(data8%1)&&!isNaN(data8))&&isFinite(data8))&&typeof data8!=="string"){const err13={instancePath:instancePath+"/\
memoryReservation",schemaPath:"#/$defs/size/type",keyword:"type",params:{type:schema48.type},message:"must be integer,string",schema:schema48.type,parentSchema:schema48,
data:data8};if(vErrors===null){vErrors=[err13]}else{vErrors.push(err13)}errors++}}if(data.pids!==void 0){let data9=data.pids;if(!(typeof data9=="number"&&(!(data9%
1)&&!isNaN(data9))&&isFinite(data9))){const err14={instancePath:instancePath+"/pids",schemaPath:"#/properties/pids/type",keyword:"type",params:{type:"integer"},
message:"must be integer",schema:schema50.properties.pids.type,parentSchema:schema50.properties.pids,data:data9};if(vErrors===null){vErrors=[err14]}else{vErrors.
push(err14)}errors++}}if(data.blkioWeight!==void 0){let data10=data.blkioWeight;if(!(typeof data10=="number"&&(!(data10%1)&&!isNaN(data10))&&isFinite(data10))){
const err15={instancePath:instancePath+"/blkioWeight",schemaPath:"#/properties/blkioWeight/type",keyword:"type",params:{type:"integer"},message:"must be integer",
schema:schema50.properties.blkioWeight.type,parentSchema:schema50.properties.blkioWeight,data:data10};if(vErrors===null){vErrors=[err15]}else{vErrors.push(err15)}
errors++}if(typeof data10=="number"&&isFinite(data10)){if(data10>1e3||isNaN(data10)){const err16={instancePath:instancePath+"/blkioWeight",schemaPath:"#/propert\
ies/blkioWeight/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e3},message:"must be <= 1000",schema:1e3,parentSchema:schema50.properties.blkioWeight,
data:data10};if(vErrors===null){vErrors=[err16]}else{vErrors.push(err16)}errors++}if(data10<10||isNaN(data10)){const err17={instancePath:instancePath+"/blkioWei\
ght",schemaPath:"#/properties/blkioWeight/minimum",keyword:"minimum",params:{comparison:">=",limit:10},message:"must be >= 10",schema:10,parentSchema:schema50.properties.
blkioWeight,data:data10};if(vErrors===null){vErrors=[err17]}else{vErrors.push(err17)}errors++}}}if(data.blkio!==void 0){let data11=data.blkio;if(Array.isArray(data11)){
if(data11.length>64){const err18={instancePath:instancePath+"/blkio",schemaPath:"#/properties/blkio/maxItems",keyword:"maxItems",params:{limit:64},message:"must\
 NOT have more than 64 items",schema:64,parentSchema:schema50.properties.blkio,data:data11};if(vErrors===null){vErrors=[err18]}else{vErrors.push(err18)}errors++}
const len0=data11.length;for(let i0=0;i0<len0;i0++){if(!validate32(data11[i0],{instancePath:instancePath+"/blkio/"+i0,parentData:data11,parentDataProperty:i0,rootData,
dynamicAnchors})){vErrors=vErrors===null?validate32.errors:vErrors.concat(validate32.errors);errors=vErrors.length}}}else{const err19={instancePath:instancePath+
"/blkio",schemaPath:"#/properties/blkio/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema50.properties.blkio.type,parentSchema:schema50.
properties.blkio,data:data11};if(vErrors===null){vErrors=[err19]}else{vErrors.push(err19)}errors++}}if(data.ulimits!==void 0){let data13=data.ulimits;if(data13&&
typeof data13=="object"&&!Array.isArray(data13)){for(const key1 in data13){let data14=data13[key1];if(data14&&typeof data14=="object"&&!Array.isArray(data14)){if(data14.
soft===void 0){const err20={instancePath:instancePath+"/ulimits/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/$defs/ulimit/required",keyword:"requ\
ired",params:{missingProperty:"soft"},message:"must have required property 'soft'",schema:schema57.required,parentSchema:schema57,data:data14};if(vErrors===null){
vErrors=[err20]}else{vErrors.push(err20)}errors++}if(data14.hard===void 0){const err21={instancePath:instancePath+"/ulimits/"+key1.replace(/~/g,"~0").replace(/\//g,
"~1"),schemaPath:"#/$defs/ulimit/required",keyword:"required",params:{missingProperty:"hard"},message:"must have required property 'hard'",schema:schema57.required,
parentSchema:schema57,data:data14};if(vErrors===null){vErrors=[err21]}else{vErrors.push(err21)}errors++}for(const key2 in data14){if(!(key2==="soft"||key2==="ha\
rd")){const err22={instancePath:instancePath+"/ulimits/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/$defs/ulimit/additionalProperties",keyword:"a\
dditionalProperties",params:{additionalProperty:key2},message:"must NOT have additional properties",schema:false,parentSchema:schema57,data:data14};if(vErrors===
null){vErrors=[err22]}else{vErrors.push(err22)}errors++}}if(data14.soft!==void 0){let data15=data14.soft;if(!(typeof data15=="number"&&(!(data15%1)&&!isNaN(data15))&&
isFinite(data15))){const err23={instancePath:instancePath+"/ulimits/"+key1.replace(/~/g,"~0").replace(/\//g,"~1")+"/soft",schemaPath:"#/$defs/ulimit/properties/\
soft/type",keyword:"type",params:{type:"integer"},message:"must be integer",schema:schema57.properties.soft.type,parentSchema:schema57.properties.soft,data:data15};
if(vErrors===null){vErrors=[err23]}else{vErrors.push(err23)}errors++}if(typeof data15=="number"&&isFinite(data15)){if(data15<-1||isNaN(data15)){const err24={instancePath:instancePath+
"/ulimits/"+key1.replace(/~/g,"~0").replace(/\//g,"~1")+"/soft",schemaPath:"#/$defs/ulimit/properties/soft/minimum",keyword:"minimum",params:{comparison:">=",limit:-1},
message:"must be >= -1",schema:-1,parentSchema:schema57.properties.soft,data:data15};if(vErrors===null){vErrors=[err24]}else{vErrors.push(err24)}errors++}}}if(data14.
hard!==void 0){let data16=data14.hard;if(!(typeof data16=="number"&&(!(data16%1)&&!isNaN(data16))&&isFinite(data16))){const err25={instancePath:instancePath+"/u\
limits/"+key1.replace(/~/g,"~0").replace(/\//g,"~1")+"/hard",schemaPath:"#/$defs/ulimit/properties/hard/type",keyword:"type",params:{type:"integer"},message:"mu\
st be integer",schema:schema57.properties.hard.type,parentSchema:schema57.properties.hard,data:data16};if(vErrors===null){vErrors=[err25]}else{vErrors.push(err25)}
errors++}if(typeof data16=="number"&&isFinite(data16)){if(data16<-1||isNaN(data16)){const err26={instancePath:instancePath+"/ulimits/"+key1.replace(/~/g,"~0").replace(
/\//g,"~1")+"/hard",schemaPath:"#/$defs/ulimit/properties/hard/minimum",keyword:"minimum",params:{comparison:">=",limit:-1},message:"must be >= -1",schema:-1,parentSchema:schema57.
properties.hard,data:data16};if(vErrors===null){vErrors=[err26]}else{vErrors.push(err26)}errors++}}}}else{const err27={instancePath:instancePath+"/ulimits/"+key1.
replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/$defs/ulimit/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema57.type,parentSchema:schema57,
data:data14};if(vErrors===null){vErrors=[err27]}else{vErrors.push(err27)}errors++}}}else{const err28={instancePath:instancePath+"/ulimits",schemaPath:"#/propert\
ies/ulimits/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema50.properties.ulimits.type,parentSchema:schema50.properties.ulimits,
data:data13};if(vErrors===null){vErrors=[err28]}else{vErrors.push(err28)}errors++}}if(data.oomScoreAdj!==void 0){let data17=data.oomScoreAdj;if(!(typeof data17==
"number"&&(!(data17%1)&&!isNaN(data17))&&isFinite(data17))){const err29={instancePath:instancePath+"/oomScoreAdj",schemaPath:"#/properties/oomScoreAdj/type",keyword:"\
type",params:{type:"integer"},message:"must be integer",schema:schema50.properties.oomScoreAdj.type,parentSchema:schema50.properties.oomScoreAdj,data:data17};if(vErrors===
null){vErrors=[err29]}else{vErrors.push(err29)}errors++}if(typeof data17=="number"&&isFinite(data17)){if(data17>1e3||isNaN(data17)){const err30={instancePath:instancePath+
"/oomScoreAdj",schemaPath:"#/properties/oomScoreAdj/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e3},message:"must be <= 1000",schema:1e3,parentSchema:schema50.
properties.oomScoreAdj,data:data17};if(vErrors===null){vErrors=[err30]}else{vErrors.push(err30)}errors++}if(data17<-1e3||isNaN(data17)){const err31={instancePath:instancePath+
"/oomScoreAdj",schemaPath:"#/properties/oomScoreAdj/minimum",keyword:"minimum",params:{comparison:">=",limit:-1e3},message:"must be >= -1000",schema:-1e3,parentSchema:schema50.
properties.oomScoreAdj,data:data17};if(vErrors===null){vErrors=[err31]}else{vErrors.push(err31)}errors++}}}if(data.shmSize!==void 0){let data18=data.shmSize;if(!(typeof data18==
"number"&&(!(data18%1)&&!isNaN(data18))&&isFinite(data18))&&typeof data18!=="string"){const err32={instancePath:instancePath+"/shmSize",schemaPath:"#/$defs/size\
/type",keyword:"type",params:{type:schema48.type},message:"must be integer,string",schema:schema48.type,parentSchema:schema48,data:data18};if(vErrors===null){vErrors=
[err32]}else{vErrors.push(err32)}errors++}}if(data.bestEffort!==void 0){let data19=data.bestEffort;if(typeof data19!=="boolean"){const err33={instancePath:instancePath+
"/bestEffort",schemaPath:"#/properties/bestEffort/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema50.properties.bestEffort.type,
parentSchema:schema50.properties.bestEffort,data:data19};if(vErrors===null){vErrors=[err33]}else{vErrors.push(err33)}errors++}}}else{const err34={instancePath,schemaPath:"\
#/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema50.type,parentSchema:schema50,data};if(vErrors===null){vErrors=[err34]}else{
vErrors.push(err34)}errors++}validate31.errors=vErrors;return errors===0}validate31.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};var schema59={
"type":"object","additionalProperties":false,"required":["name"],"properties":{"name":{"type":"string"},"aliases":{"description":"More names of it on this netwo\
rk.","$ref":"#/$defs/words"},"address":{"description":"A fixed IPv4 address; chosen and kept if absent.","type":"string"},"address6":{"description":"A fixed IPv\
6 address; chosen and kept if absent.","type":"string"}}};function validate35(data,{instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){
let vErrors=null;let errors=0;const evaluated0=validate35.evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=
void 0}if(data&&typeof data=="object"&&!Array.isArray(data)){if(data.name===void 0){const err0={instancePath,schemaPath:"#/required",keyword:"required",params:{
missingProperty:"name"},message:"must have required property 'name'",schema:schema59.required,parentSchema:schema59,data};if(vErrors===null){vErrors=[err0]}else{
vErrors.push(err0)}errors++}for(const key0 in data){if(!(key0==="name"||key0==="aliases"||key0==="address"||key0==="address6")){const err1={instancePath,schemaPath:"\
#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additional properties",schema:false,parentSchema:schema59,
data};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}}if(data.name!==void 0){let data0=data.name;if(typeof data0!=="string"){const err2={instancePath:instancePath+
"/name",schemaPath:"#/properties/name/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema59.properties.name.type,parentSchema:schema59.
properties.name,data:data0};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}}if(data.aliases!==void 0){let data1=data.aliases;if(Array.isArray(
data1)){const len0=data1.length;for(let i0=0;i0<len0;i0++){let data2=data1[i0];if(typeof data2!=="string"){const err3={instancePath:instancePath+"/aliases/"+i0,
schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.items,data:data2};
if(vErrors===null){vErrors=[err3]}else{vErrors.push(err3)}errors++}}}else{const err4={instancePath:instancePath+"/aliases",schemaPath:"#/$defs/words/type",keyword:"\
type",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data:data1};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}
errors++}}if(data.address!==void 0){let data3=data.address;if(typeof data3!=="string"){const err5={instancePath:instancePath+"/address",schemaPath:"#/properties\
/address/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema59.properties.address.type,parentSchema:schema59.properties.address,data:data3};
if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}}if(data.address6!==void 0){let data4=data.address6;if(typeof data4!=="string"){const err6={instancePath:instancePath+
"/address6",schemaPath:"#/properties/address6/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema59.properties.address6.type,parentSchema:schema59.
properties.address6,data:data4};if(vErrors===null){vErrors=[err6]}else{vErrors.push(err6)}errors++}}}else{const err7={instancePath,schemaPath:"#/type",keyword:"\
type",params:{type:"object"},message:"must be object",schema:schema59.type,parentSchema:schema59,data};if(vErrors===null){vErrors=[err7]}else{vErrors.push(err7)}
errors++}validate35.errors=vErrors;return errors===0}validate35.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};var schema74={"anyOf":[{"cons\
t":"default"},{"$ref":"#/$defs/words"}]};function validate37(data,{instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;
let errors=0;const evaluated0=validate37.evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}const _errs0=errors;
let valid0=false;const _errs1=errors;if("default"!==data){const err0={instancePath,schemaPath:"#/anyOf/0/const",keyword:"const",params:{allowedValue:"default"},
message:"must be equal to constant",schema:"default",parentSchema:schema74.anyOf[0],data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}var _valid0=_errs1===
errors;valid0=valid0||_valid0;const _errs2=errors;if(Array.isArray(data)){const len0=data.length;for(let i0=0;i0<len0;i0++){let data0=data[i0];if(typeof data0!==
"string"){const err1={instancePath:instancePath+"/"+i0,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema40.
items.type,parentSchema:schema40.items,data:data0};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}}}else{const err2={instancePath,schemaPath:"\
#/$defs/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data};if(vErrors===null){vErrors=[err2]}else{
vErrors.push(err2)}errors++}var _valid0=_errs2===errors;valid0=valid0||_valid0;if(_valid0){var items0=true}if(!valid0){const err3={instancePath,schemaPath:"#/an\
yOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema74.anyOf,parentSchema:schema74,data};if(vErrors===null){vErrors=[err3]}else{vErrors.
push(err3)}errors++}else{errors=_errs0;if(vErrors!==null){if(_errs0){vErrors.length=_errs0}else{vErrors=null}}}validate37.errors=vErrors;evaluated0.items=items0;
return errors===0}validate37.evaluated={"dynamicProps":false,"dynamicItems":true};var schema79={"description":"How it is found out whether the container is well\
; without it, the image's HEALTHCHECK. One of test, http and tcp; without, the image's test.","type":"object","additionalProperties":false,"properties":{"test":{
"description":"Run in the container; exit code 0 is health. As in Docker: CMD and words, or CMD-SHELL and a text; a string is a text for the shell; NONE turns t\
he image's off.","anyOf":[{"type":"string"},{"type":"array","minItems":1,"maxItems":1e3,"items":{"type":"string"}}]},"http":{"description":"A GET in the contain\
er's network, by reconcile itself; an answer from 200 to 399 is health. A path (port 80), a URL or a mapping.","anyOf":[{"type":"string"},{"$ref":"#/$defs/httpP\
robe"}]},"tcp":{"description":"A connection in the container's network, by reconcile itself: a port, or localhost:5432.","anyOf":[{"type":"integer","minimum":1,
"maximum":65535},{"type":"string"}]},"interval":{"description":"From the end of a probe, or the start, to the next probe; 30s.","$ref":"#/$defs/duration"},"time\
out":{"description":"A probe that takes longer has failed, and is killed; 30s.","$ref":"#/$defs/duration"},"startPeriod":{"description":"From the start on, as l\
ong as it was never healthy, failures don't count; 0.","$ref":"#/$defs/duration"},"startInterval":{"description":"Instead of interval as long as the start perio\
d lasts; 5s.","$ref":"#/$defs/duration"},"retries":{"description":"Failures in a row that make it unhealthy; 3.","type":"integer","minimum":1,"maximum":1e6},"di\
sable":{"description":"true: not even the image's HEALTHCHECK.","type":"boolean"},"onUnhealthy":{"description":"What is done with an unhealthy container: restar\
t (the default) as if it had crashed, under its restart policy and with its back-off; recreate: the same with a new one; none.","enum":["restart","recreate","no\
ne"]}}};var schema80={"type":"object","additionalProperties":false,"properties":{"path":{"description":"/ without it.","type":"string"},"port":{"description":"8\
0 without it.","type":"integer","minimum":1,"maximum":65535},"host":{"description":"localhost (without it) or an address.","type":"string"}}};function validate40(data,{
instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;const evaluated0=validate40.evaluated;if(evaluated0.
dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data=="object"&&!Array.isArray(data)){for(const key0 in data){
if(!func1.call(schema79.properties,key0)){const err0={instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},
message:"must NOT have additional properties",schema:false,parentSchema:schema79,data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}}if(data.
test!==void 0){let data0=data.test;const _errs3=errors;let valid1=false;const _errs4=errors;if(typeof data0!=="string"){const err1={instancePath:instancePath+"/\
test",schemaPath:"#/properties/test/anyOf/0/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema79.properties.test.anyOf[0].type,parentSchema:schema79.
properties.test.anyOf[0],data:data0};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}var _valid0=_errs4===errors;valid1=valid1||_valid0;const _errs6=errors;
if(Array.isArray(data0)){if(data0.length>1e3){const err2={instancePath:instancePath+"/test",schemaPath:"#/properties/test/anyOf/1/maxItems",keyword:"maxItems",params:{
limit:1e3},message:"must NOT have more than 1000 items",schema:1e3,parentSchema:schema79.properties.test.anyOf[1],data:data0};if(vErrors===null){vErrors=[err2]}else{
vErrors.push(err2)}errors++}if(data0.length<1){const err3={instancePath:instancePath+"/test",schemaPath:"#/properties/test/anyOf/1/minItems",keyword:"minItems",
params:{limit:1},message:"must NOT have fewer than 1 items",schema:1,parentSchema:schema79.properties.test.anyOf[1],data:data0};if(vErrors===null){vErrors=[err3]}else{
vErrors.push(err3)}errors++}const len0=data0.length;for(let i0=0;i0<len0;i0++){let data1=data0[i0];if(typeof data1!=="string"){const err4={instancePath:instancePath+
"/test/"+i0,schemaPath:"#/properties/test/anyOf/1/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema79.properties.test.anyOf[1].
items.type,parentSchema:schema79.properties.test.anyOf[1].items,data:data1};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}}}else{const err5={
instancePath:instancePath+"/test",schemaPath:"#/properties/test/anyOf/1/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema79.properties.
test.anyOf[1].type,parentSchema:schema79.properties.test.anyOf[1],data:data0};if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}var _valid0=_errs6===
errors;valid1=valid1||_valid0;if(!valid1){const err6={instancePath:instancePath+"/test",schemaPath:"#/properties/test/anyOf",keyword:"anyOf",params:{},message:"\
must match a schema in anyOf",schema:schema79.properties.test.anyOf,parentSchema:schema79.properties.test,data:data0};if(vErrors===null){vErrors=[err6]}else{vErrors.
push(err6)}errors++}else{errors=_errs3;if(vErrors!==null){if(_errs3){vErrors.length=_errs3}else{vErrors=null}}}}if(data.http!==void 0){let data2=data.http;const _errs11=errors;
let valid4=false;const _errs12=errors;if(typeof data2!=="string"){const err7={instancePath:instancePath+"/http",schemaPath:"#/properties/http/anyOf/0/type",keyword:"\
type",params:{type:"string"},message:"must be string",schema:schema79.properties.http.anyOf[0].type,parentSchema:schema79.properties.http.anyOf[0],data:data2};if(vErrors===
null){vErrors=[err7]}else{vErrors.push(err7)}errors++}var _valid1=_errs12===errors;valid4=valid4||_valid1;const _errs14=errors;if(data2&&typeof data2=="object"&&
!Array.isArray(data2)){for(const key1 in data2){if(!(key1==="path"||key1==="port"||key1==="host")){const err8={instancePath:instancePath+"/http",schemaPath:"#/$\
defs/httpProbe/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key1},message:"must NOT have additional properties",schema:false,
parentSchema:schema80,data:data2};if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}}if(data2.path!==void 0){let data3=data2.path;if(typeof data3!==
"string"){const err9={instancePath:instancePath+"/http/path",schemaPath:"#/$defs/httpProbe/properties/path/type",keyword:"type",params:{type:"string"},message:"\
must be string",schema:schema80.properties.path.type,parentSchema:schema80.properties.path,data:data3};if(vErrors===null){vErrors=[err9]}else{vErrors.push(err9)}
errors++}}if(data2.port!==void 0){let data4=data2.port;if(!(typeof data4=="number"&&(!(data4%1)&&!isNaN(data4))&&isFinite(data4))){const err10={instancePath:instancePath+
"/http/port",schemaPath:"#/$defs/httpProbe/properties/port/type",keyword:"type",params:{type:"integer"},message:"must be integer",schema:schema80.properties.port.
type,parentSchema:schema80.properties.port,data:data4};if(vErrors===null){vErrors=[err10]}else{vErrors.push(err10)}errors++}if(typeof data4=="number"&&isFinite(
data4)){if(data4>65535||isNaN(data4)){const err11={instancePath:instancePath+"/http/port",schemaPath:"#/$defs/httpProbe/properties/port/maximum",keyword:"maximu\
m",params:{comparison:"<=",limit:65535},message:"must be <= 65535",schema:65535,parentSchema:schema80.properties.port,data:data4};if(vErrors===null){vErrors=[err11]}else{
vErrors.push(err11)}errors++}if(data4<1||isNaN(data4)){const err12={instancePath:instancePath+"/http/port",schemaPath:"#/$defs/httpProbe/properties/port/minimum",
keyword:"minimum",params:{comparison:">=",limit:1},message:"must be >= 1",schema:1,parentSchema:schema80.properties.port,data:data4};if(vErrors===null){vErrors=
[err12]}else{vErrors.push(err12)}errors++}}}if(data2.host!==void 0){let data5=data2.host;if(typeof data5!=="string"){const err13={instancePath:instancePath+"/ht\
tp/host",schemaPath:"#/$defs/httpProbe/properties/host/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema80.properties.host.type,
parentSchema:schema80.properties.host,data:data5};if(vErrors===null){vErrors=[err13]}else{vErrors.push(err13)}errors++}}}else{const err14={instancePath:instancePath+
"/http",schemaPath:"#/$defs/httpProbe/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema80.type,parentSchema:schema80,data:data2};
if(vErrors===null){vErrors=[err14]}else{vErrors.push(err14)}errors++}var _valid1=_errs14===errors;valid4=valid4||_valid1;if(!valid4){const err15={instancePath:instancePath+
"/http",schemaPath:"#/properties/http/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema79.properties.http.anyOf,parentSchema:schema79.
properties.http,data:data2};if(vErrors===null){vErrors=[err15]}else{vErrors.push(err15)}errors++}else{errors=_errs11;if(vErrors!==null){if(_errs11){vErrors.length=
_errs11}else{vErrors=null}}}}if(data.tcp!==void 0){let data6=data.tcp;const _errs25=errors;let valid7=false;const _errs26=errors;if(!(typeof data6=="number"&&(!(data6%
1)&&!isNaN(data6))&&isFinite(data6))){const err16={instancePath:instancePath+"/tcp",schemaPath:"#/properties/tcp/anyOf/0/type",keyword:"type",params:{type:"inte\
ger"},message:"must be integer",schema:schema79.properties.tcp.anyOf[0].type,parentSchema:schema79.properties.tcp.anyOf[0],data:data6};if(vErrors===null){vErrors=
[err16]}else{vErrors.push(err16)}errors++}if(typeof data6=="number"&&isFinite(data6)){if(data6>65535||isNaN(data6)){const err17={instancePath:instancePath+"/tcp",
schemaPath:"#/properties/tcp/anyOf/0/maximum",keyword:"maximum",params:{comparison:"<=",limit:65535},message:"must be <= 65535",schema:65535,parentSchema:schema79.
properties.tcp.anyOf[0],data:data6};if(vErrors===null){vErrors=[err17]}else{vErrors.push(err17)}errors++}if(data6<1||isNaN(data6)){const err18={instancePath:instancePath+
"/tcp",schemaPath:"#/properties/tcp/anyOf/0/minimum",keyword:"minimum",params:{comparison:">=",limit:1},message:"must be >= 1",schema:1,parentSchema:schema79.properties.
tcp.anyOf[0],data:data6};if(vErrors===null){vErrors=[err18]}else{vErrors.push(err18)}errors++}}var _valid2=_errs26===errors;valid7=valid7||_valid2;const _errs28=errors;
if(typeof data6!=="string"){const err19={instancePath:instancePath+"/tcp",schemaPath:"#/properties/tcp/anyOf/1/type",keyword:"type",params:{type:"string"},message:"\
must be string",schema:schema79.properties.tcp.anyOf[1].type,parentSchema:schema79.properties.tcp.anyOf[1],data:data6};if(vErrors===null){vErrors=[err19]}else{vErrors.
push(err19)}errors++}var _valid2=_errs28===errors;valid7=valid7||_valid2;if(!valid7){const err20={instancePath:instancePath+"/tcp",schemaPath:"#/properties/tcp/\
anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema79.properties.tcp.anyOf,parentSchema:schema79.properties.tcp,data:data6};if(vErrors===
null){vErrors=[err20]}else{vErrors.push(err20)}errors++}else{errors=_errs25;if(vErrors!==null){if(_errs25){vErrors.length=_errs25}else{vErrors=null}}}}if(data.interval!==
void 0){let data7=data.interval;if(typeof data7!=="string"){const err21={instancePath:instancePath+"/interval",schemaPath:"#/$defs/duration/type",keyword:"type",
params:{type:"string"},message:"must be string",schema:schema81.type,parentSchema:schema81,data:data7};if(vErrors===null){vErrors=[err21]}else{vErrors.push(err21)}
errors++}}if(data.timeout!==void 0){let data8=data.timeout;if(typeof data8!=="string"){const err22={instancePath:instancePath+"/timeout",schemaPath:"#/$defs/dur\
ation/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema81.type,parentSchema:schema81,data:data8};if(vErrors===null){vErrors=[err22]}else{
vErrors.push(err22)}errors++}}if(data.startPeriod!==void 0){let data9=data.startPeriod;if(typeof data9!=="string"){const err23={instancePath:instancePath+"/star\
tPeriod",schemaPath:"#/$defs/duration/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema81.type,parentSchema:schema81,data:data9};
if(vErrors===null){vErrors=[err23]}else{vErrors.push(err23)}errors++}}if(data.startInterval!==void 0){let data10=data.startInterval;if(typeof data10!=="string"){
const err24={instancePath:instancePath+"/startInterval",schemaPath:"#/$defs/duration/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema81.
type,parentSchema:schema81,data:data10};if(vErrors===null){vErrors=[err24]}else{vErrors.push(err24)}errors++}}if(data.retries!==void 0){let data11=data.retries;
if(!(typeof data11=="number"&&(!(data11%1)&&!isNaN(data11))&&isFinite(data11))){const err25={instancePath:instancePath+"/retries",schemaPath:"#/properties/retri\
es/type",keyword:"type",params:{type:"integer"},message:"must be integer",schema:schema79.properties.retries.type,parentSchema:schema79.properties.retries,data:data11};
if(vErrors===null){vErrors=[err25]}else{vErrors.push(err25)}errors++}if(typeof data11=="number"&&isFinite(data11)){if(data11>1e6||isNaN(data11)){const err26={instancePath:instancePath+
"/retries",schemaPath:"#/properties/retries/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e6},message:"must be <= 1000000",schema:1e6,parentSchema:schema79.
properties.retries,data:data11};if(vErrors===null){vErrors=[err26]}else{vErrors.push(err26)}errors++}if(data11<1||isNaN(data11)){const err27={instancePath:instancePath+
"/retries",schemaPath:"#/properties/retries/minimum",keyword:"minimum",params:{comparison:">=",limit:1},message:"must be >= 1",schema:1,parentSchema:schema79.properties.
retries,data:data11};if(vErrors===null){vErrors=[err27]}else{vErrors.push(err27)}errors++}}}if(data.disable!==void 0){let data12=data.disable;if(typeof data12!==
"boolean"){const err28={instancePath:instancePath+"/disable",schemaPath:"#/properties/disable/type",keyword:"type",params:{type:"boolean"},message:"must be bool\
ean",schema:schema79.properties.disable.type,parentSchema:schema79.properties.disable,data:data12};if(vErrors===null){vErrors=[err28]}else{vErrors.push(err28)}errors++}}
if(data.onUnhealthy!==void 0){let data13=data.onUnhealthy;if(!(data13==="restart"||data13==="recreate"||data13==="none")){const err29={instancePath:instancePath+
"/onUnhealthy",schemaPath:"#/properties/onUnhealthy/enum",keyword:"enum",params:{allowedValues:schema79.properties.onUnhealthy.enum},message:"must be equal to o\
ne of the allowed values",schema:schema79.properties.onUnhealthy.enum,parentSchema:schema79.properties.onUnhealthy,data:data13};if(vErrors===null){vErrors=[err29]}else{
vErrors.push(err29)}errors++}}}else{const err30={instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema79.
type,parentSchema:schema79,data};if(vErrors===null){vErrors=[err30]}else{vErrors.push(err30)}errors++}validate40.errors=vErrors;return errors===0}validate40.evaluated=
{"props":true,"dynamicProps":false,"dynamicItems":false};var pattern9=new RegExp("^container:.","u");function validate24(data,{instancePath="",parentData,parentDataProperty,
rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;const evaluated0=validate24.evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.
dynamicItems){evaluated0.items=void 0}const _errs1=errors;let valid0=true;const _errs2=errors;if(data&&typeof data=="object"&&!Array.isArray(data)){let missing0;
if(data.image===void 0&&(missing0="image")){const err0={};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}}var _valid0=_errs2===errors;errors=
_errs1;if(vErrors!==null){if(_errs1){vErrors.length=_errs1}else{vErrors=null}}let ifClause0;if(_valid0){const _errs3=errors;const _errs4=errors;const _errs5=errors;
if(data&&typeof data=="object"&&!Array.isArray(data)){let missing1;if(data.rootfs===void 0&&(missing1="rootfs")){const err1={};if(vErrors===null){vErrors=[err1]}else{
vErrors.push(err1)}errors++}}var valid1=_errs5===errors;if(valid1){const err2={instancePath,schemaPath:"#/then/not",keyword:"not",params:{},message:"must NOT be\
 valid",schema:schema39.then.not,parentSchema:schema39.then,data};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}else{errors=_errs4;if(vErrors!==
null){if(_errs4){vErrors.length=_errs4}else{vErrors=null}}}var _valid0=_errs3===errors;valid0=_valid0;ifClause0="then"}else{const _errs6=errors;if(data&&typeof data==
"object"&&!Array.isArray(data)){if(data.rootfs===void 0){const err3={instancePath,schemaPath:"#/else/required",keyword:"required",params:{missingProperty:"rootf\
s"},message:"must have required property 'rootfs'",schema:schema39.else.required,parentSchema:schema39.else,data};if(vErrors===null){vErrors=[err3]}else{vErrors.
push(err3)}errors++}}var _valid0=_errs6===errors;valid0=_valid0;ifClause0="else"}if(!valid0){const err4={instancePath,schemaPath:"#/if",keyword:"if",params:{failingKeyword:ifClause0},
message:'must match "'+ifClause0+'" schema',schema:schema39.if,parentSchema:schema39,data};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}if(data&&
typeof data=="object"&&!Array.isArray(data)){for(const key0 in data){if(!func1.call(schema39.properties,key0)){const err5={instancePath,schemaPath:"#/additional\
Properties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additional properties",schema:false,parentSchema:schema39,data};
if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}}if(data.image!==void 0){let data0=data.image;if(typeof data0!=="string"){const err6={instancePath:instancePath+
"/image",schemaPath:"#/properties/image/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.image.type,parentSchema:schema39.
properties.image,data:data0};if(vErrors===null){vErrors=[err6]}else{vErrors.push(err6)}errors++}}if(data.pull!==void 0){let data1=data.pull;if(!(data1==="always"||
data1==="missing"||data1==="never")){const err7={instancePath:instancePath+"/pull",schemaPath:"#/properties/pull/enum",keyword:"enum",params:{allowedValues:schema39.
properties.pull.enum},message:"must be equal to one of the allowed values",schema:schema39.properties.pull.enum,parentSchema:schema39.properties.pull,data:data1};
if(vErrors===null){vErrors=[err7]}else{vErrors.push(err7)}errors++}}if(data.rootfs!==void 0){let data2=data.rootfs;if(typeof data2!=="string"){const err8={instancePath:instancePath+
"/rootfs",schemaPath:"#/properties/rootfs/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.rootfs.type,parentSchema:schema39.
properties.rootfs,data:data2};if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}}if(data.entrypoint!==void 0){let data3=data.entrypoint;if(Array.
isArray(data3)){const len0=data3.length;for(let i0=0;i0<len0;i0++){let data4=data3[i0];if(typeof data4!=="string"){const err9={instancePath:instancePath+"/entry\
point/"+i0,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.
items,data:data4};if(vErrors===null){vErrors=[err9]}else{vErrors.push(err9)}errors++}}}else{const err10={instancePath:instancePath+"/entrypoint",schemaPath:"#/$\
defs/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data:data3};if(vErrors===null){vErrors=
[err10]}else{vErrors.push(err10)}errors++}}if(data.command!==void 0){let data5=data.command;if(Array.isArray(data5)){const len1=data5.length;for(let i1=0;i1<len1;i1++){
let data6=data5[i1];if(typeof data6!=="string"){const err11={instancePath:instancePath+"/command/"+i1,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{
type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.items,data:data6};if(vErrors===null){vErrors=[err11]}else{vErrors.push(
err11)}errors++}}}else{const err12={instancePath:instancePath+"/command",schemaPath:"#/$defs/words/type",keyword:"type",params:{type:"array"},message:"must be a\
rray",schema:schema40.type,parentSchema:schema40,data:data5};if(vErrors===null){vErrors=[err12]}else{vErrors.push(err12)}errors++}}if(data.env!==void 0){let data7=data.
env;if(data7&&typeof data7=="object"&&!Array.isArray(data7)){for(const key1 in data7){let data8=data7[key1];if(typeof data8!=="string"){const err13={instancePath:instancePath+
"/env/"+key1.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/$defs/texts/additionalProperties/type",keyword:"type",params:{type:"string"},message:"must be \
string",schema:schema38.additionalProperties.type,parentSchema:schema38.additionalProperties,data:data8};if(vErrors===null){vErrors=[err13]}else{vErrors.push(err13)}
errors++}}}else{const err14={instancePath:instancePath+"/env",schemaPath:"#/$defs/texts/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema38.
type,parentSchema:schema38,data:data7};if(vErrors===null){vErrors=[err14]}else{vErrors.push(err14)}errors++}}if(data.envFiles!==void 0){let data9=data.envFiles;
if(Array.isArray(data9)){const len2=data9.length;for(let i2=0;i2<len2;i2++){let data10=data9[i2];if(typeof data10!=="string"){const err15={instancePath:instancePath+
"/envFiles/"+i2,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.
items,data:data10};if(vErrors===null){vErrors=[err15]}else{vErrors.push(err15)}errors++}}}else{const err16={instancePath:instancePath+"/envFiles",schemaPath:"#/\
$defs/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data:data9};if(vErrors===null){vErrors=
[err16]}else{vErrors.push(err16)}errors++}}if(data.user!==void 0){let data11=data.user;if(typeof data11!=="string"){const err17={instancePath:instancePath+"/use\
r",schemaPath:"#/properties/user/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.user.type,parentSchema:schema39.
properties.user,data:data11};if(vErrors===null){vErrors=[err17]}else{vErrors.push(err17)}errors++}}if(data.workingDir!==void 0){let data12=data.workingDir;if(typeof data12!==
"string"){const err18={instancePath:instancePath+"/workingDir",schemaPath:"#/properties/workingDir/type",keyword:"type",params:{type:"string"},message:"must be \
string",schema:schema39.properties.workingDir.type,parentSchema:schema39.properties.workingDir,data:data12};if(vErrors===null){vErrors=[err18]}else{vErrors.push(
err18)}errors++}}if(data.init!==void 0){let data13=data.init;if(typeof data13!=="boolean"){const err19={instancePath:instancePath+"/init",schemaPath:"#/properti\
es/init/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema39.properties.init.type,parentSchema:schema39.properties.init,data:data13};
if(vErrors===null){vErrors=[err19]}else{vErrors.push(err19)}errors++}}if(data.tty!==void 0){let data14=data.tty;if(typeof data14!=="boolean"){const err20={instancePath:instancePath+
"/tty",schemaPath:"#/properties/tty/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema39.properties.tty.type,parentSchema:schema39.
properties.tty,data:data14};if(vErrors===null){vErrors=[err20]}else{vErrors.push(err20)}errors++}}if(data.hostname!==void 0){let data15=data.hostname;if(typeof data15!==
"string"){const err21={instancePath:instancePath+"/hostname",schemaPath:"#/properties/hostname/type",keyword:"type",params:{type:"string"},message:"must be stri\
ng",schema:schema39.properties.hostname.type,parentSchema:schema39.properties.hostname,data:data15};if(vErrors===null){vErrors=[err21]}else{vErrors.push(err21)}
errors++}}if(data.domainname!==void 0){let data16=data.domainname;if(typeof data16!=="string"){const err22={instancePath:instancePath+"/domainname",schemaPath:"\
#/properties/domainname/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.domainname.type,parentSchema:schema39.properties.
domainname,data:data16};if(vErrors===null){vErrors=[err22]}else{vErrors.push(err22)}errors++}}if(data.state!==void 0){let data17=data.state;if(!(data17==="runni\
ng"||data17==="stopped"||data17==="paused")){const err23={instancePath:instancePath+"/state",schemaPath:"#/properties/state/enum",keyword:"enum",params:{allowedValues:schema39.
properties.state.enum},message:"must be equal to one of the allowed values",schema:schema39.properties.state.enum,parentSchema:schema39.properties.state,data:data17};
if(vErrors===null){vErrors=[err23]}else{vErrors.push(err23)}errors++}}if(data.heal!==void 0){let data18=data.heal;if(!(data18==="auto"||data18==="report")){const err24={
instancePath:instancePath+"/heal",schemaPath:"#/properties/heal/enum",keyword:"enum",params:{allowedValues:schema39.properties.heal.enum},message:"must be equal\
 to one of the allowed values",schema:schema39.properties.heal.enum,parentSchema:schema39.properties.heal,data:data18};if(vErrors===null){vErrors=[err24]}else{vErrors.
push(err24)}errors++}}if(data.mounts!==void 0){let data19=data.mounts;if(Array.isArray(data19)){const len3=data19.length;for(let i3=0;i3<len3;i3++){let data20=data19[i3];
const _errs51=errors;let valid16=false;const _errs52=errors;if(typeof data20!=="string"){const err25={instancePath:instancePath+"/mounts/"+i3,schemaPath:"#/prop\
erties/mounts/items/anyOf/0/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.mounts.items.anyOf[0].type,parentSchema:schema39.
properties.mounts.items.anyOf[0],data:data20};if(vErrors===null){vErrors=[err25]}else{vErrors.push(err25)}errors++}var _valid1=_errs52===errors;valid16=valid16||
_valid1;const _errs54=errors;if(!validate25(data20,{instancePath:instancePath+"/mounts/"+i3,parentData:data19,parentDataProperty:i3,rootData,dynamicAnchors})){vErrors=
vErrors===null?validate25.errors:vErrors.concat(validate25.errors);errors=vErrors.length}var _valid1=_errs54===errors;valid16=valid16||_valid1;if(!valid16){const err26={
instancePath:instancePath+"/mounts/"+i3,schemaPath:"#/properties/mounts/items/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema39.
properties.mounts.items.anyOf,parentSchema:schema39.properties.mounts.items,data:data20};if(vErrors===null){vErrors=[err26]}else{vErrors.push(err26)}errors++}else{
errors=_errs51;if(vErrors!==null){if(_errs51){vErrors.length=_errs51}else{vErrors=null}}}}}else{const err27={instancePath:instancePath+"/mounts",schemaPath:"#/p\
roperties/mounts/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema39.properties.mounts.type,parentSchema:schema39.properties.mounts,
data:data19};if(vErrors===null){vErrors=[err27]}else{vErrors.push(err27)}errors++}}if(data.limits!==void 0){if(!validate31(data.limits,{instancePath:instancePath+
"/limits",parentData:data,parentDataProperty:"limits",rootData,dynamicAnchors})){vErrors=vErrors===null?validate31.errors:vErrors.concat(validate31.errors);errors=
vErrors.length}}if(data.networks!==void 0){let data22=data.networks;if(Array.isArray(data22)){const len4=data22.length;for(let i4=0;i4<len4;i4++){let data23=data22[i4];
const _errs59=errors;let valid19=false;const _errs60=errors;if(typeof data23!=="string"){const err28={instancePath:instancePath+"/networks/"+i4,schemaPath:"#/pr\
operties/networks/items/anyOf/0/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.networks.items.anyOf[0].type,parentSchema:schema39.
properties.networks.items.anyOf[0],data:data23};if(vErrors===null){vErrors=[err28]}else{vErrors.push(err28)}errors++}var _valid2=_errs60===errors;valid19=valid19||
_valid2;const _errs62=errors;if(!validate35(data23,{instancePath:instancePath+"/networks/"+i4,parentData:data22,parentDataProperty:i4,rootData,dynamicAnchors})){
vErrors=vErrors===null?validate35.errors:vErrors.concat(validate35.errors);errors=vErrors.length}var _valid2=_errs62===errors;valid19=valid19||_valid2;if(!valid19){
const err29={instancePath:instancePath+"/networks/"+i4,schemaPath:"#/properties/networks/items/anyOf",keyword:"anyOf",params:{},message:"must match a schema in \
anyOf",schema:schema39.properties.networks.items.anyOf,parentSchema:schema39.properties.networks.items,data:data23};if(vErrors===null){vErrors=[err29]}else{vErrors.
push(err29)}errors++}else{errors=_errs59;if(vErrors!==null){if(_errs59){vErrors.length=_errs59}else{vErrors=null}}}}}else{const err30={instancePath:instancePath+
"/networks",schemaPath:"#/properties/networks/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema39.properties.networks.type,parentSchema:schema39.
properties.networks,data:data22};if(vErrors===null){vErrors=[err30]}else{vErrors.push(err30)}errors++}}if(data.ports!==void 0){let data24=data.ports;if(Array.isArray(
data24)){const len5=data24.length;for(let i5=0;i5<len5;i5++){let data25=data24[i5];const _errs66=errors;let valid22=false;const _errs67=errors;if(typeof data25!==
"string"){const err31={instancePath:instancePath+"/ports/"+i5,schemaPath:"#/properties/ports/items/anyOf/0/type",keyword:"type",params:{type:"string"},message:"\
must be string",schema:schema39.properties.ports.items.anyOf[0].type,parentSchema:schema39.properties.ports.items.anyOf[0],data:data25};if(vErrors===null){vErrors=
[err31]}else{vErrors.push(err31)}errors++}var _valid3=_errs67===errors;valid22=valid22||_valid3;const _errs69=errors;if(data25&&typeof data25=="object"&&!Array.
isArray(data25)){if(data25.container===void 0){const err32={instancePath:instancePath+"/ports/"+i5,schemaPath:"#/$defs/portUse/required",keyword:"required",params:{
missingProperty:"container"},message:"must have required property 'container'",schema:schema61.required,parentSchema:schema61,data:data25};if(vErrors===null){vErrors=
[err32]}else{vErrors.push(err32)}errors++}if(data25.host===void 0){const err33={instancePath:instancePath+"/ports/"+i5,schemaPath:"#/$defs/portUse/required",keyword:"\
required",params:{missingProperty:"host"},message:"must have required property 'host'",schema:schema61.required,parentSchema:schema61,data:data25};if(vErrors===
null){vErrors=[err33]}else{vErrors.push(err33)}errors++}for(const key2 in data25){if(!(key2==="container"||key2==="host"||key2==="hostAddress"||key2==="protocol")){
const err34={instancePath:instancePath+"/ports/"+i5,schemaPath:"#/$defs/portUse/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key2},
message:"must NOT have additional properties",schema:false,parentSchema:schema61,data:data25};if(vErrors===null){vErrors=[err34]}else{vErrors.push(err34)}errors++}}
if(data25.container!==void 0){let data26=data25.container;if(!(typeof data26=="number"&&(!(data26%1)&&!isNaN(data26))&&isFinite(data26))&&typeof data26!=="strin\
g"){const err35={instancePath:instancePath+"/ports/"+i5+"/container",schemaPath:"#/$defs/portUse/properties/container/type",keyword:"type",params:{type:schema61.
properties.container.type},message:"must be integer,string",schema:schema61.properties.container.type,parentSchema:schema61.properties.container,data:data26};if(vErrors===
null){vErrors=[err35]}else{vErrors.push(err35)}errors++}}if(data25.host!==void 0){let data27=data25.host;if(!(typeof data27=="number"&&(!(data27%1)&&!isNaN(data27))&&
isFinite(data27))&&typeof data27!=="string"){const err36={instancePath:instancePath+"/ports/"+i5+"/host",schemaPath:"#/$defs/portUse/properties/host/type",keyword:"\
type",params:{type:schema61.properties.host.type},message:"must be integer,string",schema:schema61.properties.host.type,parentSchema:schema61.properties.host,data:data27};
if(vErrors===null){vErrors=[err36]}else{vErrors.push(err36)}errors++}}if(data25.hostAddress!==void 0){let data28=data25.hostAddress;if(typeof data28!=="string"){
const err37={instancePath:instancePath+"/ports/"+i5+"/hostAddress",schemaPath:"#/$defs/portUse/properties/hostAddress/type",keyword:"type",params:{type:"string"},
message:"must be string",schema:schema61.properties.hostAddress.type,parentSchema:schema61.properties.hostAddress,data:data28};if(vErrors===null){vErrors=[err37]}else{
vErrors.push(err37)}errors++}}if(data25.protocol!==void 0){let data29=data25.protocol;if(!(data29==="tcp"||data29==="udp")){const err38={instancePath:instancePath+
"/ports/"+i5+"/protocol",schemaPath:"#/$defs/portUse/properties/protocol/enum",keyword:"enum",params:{allowedValues:schema61.properties.protocol.enum},message:"\
must be equal to one of the allowed values",schema:schema61.properties.protocol.enum,parentSchema:schema61.properties.protocol,data:data29};if(vErrors===null){vErrors=
[err38]}else{vErrors.push(err38)}errors++}}}else{const err39={instancePath:instancePath+"/ports/"+i5,schemaPath:"#/$defs/portUse/type",keyword:"type",params:{type:"\
object"},message:"must be object",schema:schema61.type,parentSchema:schema61,data:data25};if(vErrors===null){vErrors=[err39]}else{vErrors.push(err39)}errors++}var _valid3=_errs69===
errors;valid22=valid22||_valid3;if(!valid22){const err40={instancePath:instancePath+"/ports/"+i5,schemaPath:"#/properties/ports/items/anyOf",keyword:"anyOf",params:{},
message:"must match a schema in anyOf",schema:schema39.properties.ports.items.anyOf,parentSchema:schema39.properties.ports.items,data:data25};if(vErrors===null){
vErrors=[err40]}else{vErrors.push(err40)}errors++}else{errors=_errs66;if(vErrors!==null){if(_errs66){vErrors.length=_errs66}else{vErrors=null}}}}}else{const err41={
instancePath:instancePath+"/ports",schemaPath:"#/properties/ports/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema39.properties.
ports.type,parentSchema:schema39.properties.ports,data:data24};if(vErrors===null){vErrors=[err41]}else{vErrors.push(err41)}errors++}}if(data.dns!==void 0){let data30=data.
dns;if(Array.isArray(data30)){const len6=data30.length;for(let i6=0;i6<len6;i6++){let data31=data30[i6];if(typeof data31!=="string"){const err42={instancePath:instancePath+
"/dns/"+i6,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.
items,data:data31};if(vErrors===null){vErrors=[err42]}else{vErrors.push(err42)}errors++}}}else{const err43={instancePath:instancePath+"/dns",schemaPath:"#/$defs\
/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data:data30};if(vErrors===null){vErrors=[err43]}else{
vErrors.push(err43)}errors++}}if(data.dnsSearch!==void 0){let data32=data.dnsSearch;if(Array.isArray(data32)){const len7=data32.length;for(let i7=0;i7<len7;i7++){
let data33=data32[i7];if(typeof data33!=="string"){const err44={instancePath:instancePath+"/dnsSearch/"+i7,schemaPath:"#/$defs/words/items/type",keyword:"type",
params:{type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.items,data:data33};if(vErrors===null){vErrors=[err44]}else{vErrors.
push(err44)}errors++}}}else{const err45={instancePath:instancePath+"/dnsSearch",schemaPath:"#/$defs/words/type",keyword:"type",params:{type:"array"},message:"mu\
st be array",schema:schema40.type,parentSchema:schema40,data:data32};if(vErrors===null){vErrors=[err45]}else{vErrors.push(err45)}errors++}}if(data.dnsOptions!==
void 0){let data34=data.dnsOptions;if(Array.isArray(data34)){const len8=data34.length;for(let i8=0;i8<len8;i8++){let data35=data34[i8];if(typeof data35!=="strin\
g"){const err46={instancePath:instancePath+"/dnsOptions/"+i8,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",
schema:schema40.items.type,parentSchema:schema40.items,data:data35};if(vErrors===null){vErrors=[err46]}else{vErrors.push(err46)}errors++}}}else{const err47={instancePath:instancePath+
"/dnsOptions",schemaPath:"#/$defs/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data:data34};
if(vErrors===null){vErrors=[err47]}else{vErrors.push(err47)}errors++}}if(data.extraHosts!==void 0){let data36=data.extraHosts;if(Array.isArray(data36)){const len9=data36.
length;for(let i9=0;i9<len9;i9++){let data37=data36[i9];if(typeof data37!=="string"){const err48={instancePath:instancePath+"/extraHosts/"+i9,schemaPath:"#/$def\
s/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.items,data:data37};if(vErrors===
null){vErrors=[err48]}else{vErrors.push(err48)}errors++}}}else{const err49={instancePath:instancePath+"/extraHosts",schemaPath:"#/$defs/words/type",keyword:"typ\
e",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data:data36};if(vErrors===null){vErrors=[err49]}else{vErrors.push(err49)}
errors++}}if(data.links!==void 0){let data38=data.links;if(Array.isArray(data38)){const len10=data38.length;for(let i10=0;i10<len10;i10++){let data39=data38[i10];
if(typeof data39!=="string"){const err50={instancePath:instancePath+"/links/"+i10,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"\
must be string",schema:schema40.items.type,parentSchema:schema40.items,data:data39};if(vErrors===null){vErrors=[err50]}else{vErrors.push(err50)}errors++}}}else{
const err51={instancePath:instancePath+"/links",schemaPath:"#/$defs/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,
parentSchema:schema40,data:data38};if(vErrors===null){vErrors=[err51]}else{vErrors.push(err51)}errors++}}if(data.namespaces!==void 0){let data40=data.namespaces;
if(data40&&typeof data40=="object"&&!Array.isArray(data40)){for(const key3 in data40){if(!(key3==="pid"||key3==="ipc"||key3==="uts"||key3==="net"||key3==="cgrou\
p")){const err52={instancePath:instancePath+"/namespaces",schemaPath:"#/properties/namespaces/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key3},
message:"must NOT have additional properties",schema:false,parentSchema:schema39.properties.namespaces,data:data40};if(vErrors===null){vErrors=[err52]}else{vErrors.
push(err52)}errors++}}if(data40.pid!==void 0){let data41=data40.pid;if(typeof data41!=="string"){const err53={instancePath:instancePath+"/namespaces/pid",schemaPath:"\
#/$defs/joinable/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema67.type,parentSchema:schema67,data:data41};if(vErrors===null){
vErrors=[err53]}else{vErrors.push(err53)}errors++}const _errs111=errors;let valid42=true;const _errs112=errors;if(typeof data41==="string"){if(!pattern9.test(data41)){
const err54={};if(vErrors===null){vErrors=[err54]}else{vErrors.push(err54)}errors++}}var _valid4=_errs112===errors;errors=_errs111;if(vErrors!==null){if(_errs111){
vErrors.length=_errs111}else{vErrors=null}}if(!_valid4){const _errs113=errors;if(!(data41==="private"||data41==="host"||data41==="container:NAME")){const err55={
instancePath:instancePath+"/namespaces/pid",schemaPath:"#/$defs/joinable/else/enum",keyword:"enum",params:{allowedValues:schema67.else.enum},message:"must be eq\
ual to one of the allowed values",schema:schema67.else.enum,parentSchema:schema67.else,data:data41};if(vErrors===null){vErrors=[err55]}else{vErrors.push(err55)}
errors++}var _valid4=_errs113===errors;valid42=_valid4}if(!valid42){const err56={instancePath:instancePath+"/namespaces/pid",schemaPath:"#/$defs/joinable/if",keyword:"\
if",params:{failingKeyword:"else"},message:'must match "else" schema',schema:schema67.if,parentSchema:schema67,data:data41};if(vErrors===null){vErrors=[err56]}else{
vErrors.push(err56)}errors++}}if(data40.ipc!==void 0){let data42=data40.ipc;if(typeof data42!=="string"){const err57={instancePath:instancePath+"/namespaces/ipc",
schemaPath:"#/$defs/joinable/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema67.type,parentSchema:schema67,data:data42};if(vErrors===
null){vErrors=[err57]}else{vErrors.push(err57)}errors++}const _errs117=errors;let valid44=true;const _errs118=errors;if(typeof data42==="string"){if(!pattern9.test(
data42)){const err58={};if(vErrors===null){vErrors=[err58]}else{vErrors.push(err58)}errors++}}var _valid5=_errs118===errors;errors=_errs117;if(vErrors!==null){if(_errs117){
vErrors.length=_errs117}else{vErrors=null}}if(!_valid5){const _errs119=errors;if(!(data42==="private"||data42==="host"||data42==="container:NAME")){const err59={
instancePath:instancePath+"/namespaces/ipc",schemaPath:"#/$defs/joinable/else/enum",keyword:"enum",params:{allowedValues:schema67.else.enum},message:"must be eq\
ual to one of the allowed values",schema:schema67.else.enum,parentSchema:schema67.else,data:data42};if(vErrors===null){vErrors=[err59]}else{vErrors.push(err59)}
errors++}var _valid5=_errs119===errors;valid44=_valid5}if(!valid44){const err60={instancePath:instancePath+"/namespaces/ipc",schemaPath:"#/$defs/joinable/if",keyword:"\
if",params:{failingKeyword:"else"},message:'must match "else" schema',schema:schema67.if,parentSchema:schema67,data:data42};if(vErrors===null){vErrors=[err60]}else{
vErrors.push(err60)}errors++}}if(data40.uts!==void 0){let data43=data40.uts;if(typeof data43!=="string"){const err61={instancePath:instancePath+"/namespaces/uts",
schemaPath:"#/$defs/joinable/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema67.type,parentSchema:schema67,data:data43};if(vErrors===
null){vErrors=[err61]}else{vErrors.push(err61)}errors++}const _errs123=errors;let valid46=true;const _errs124=errors;if(typeof data43==="string"){if(!pattern9.test(
data43)){const err62={};if(vErrors===null){vErrors=[err62]}else{vErrors.push(err62)}errors++}}var _valid6=_errs124===errors;errors=_errs123;if(vErrors!==null){if(_errs123){
vErrors.length=_errs123}else{vErrors=null}}if(!_valid6){const _errs125=errors;if(!(data43==="private"||data43==="host"||data43==="container:NAME")){const err63={
instancePath:instancePath+"/namespaces/uts",schemaPath:"#/$defs/joinable/else/enum",keyword:"enum",params:{allowedValues:schema67.else.enum},message:"must be eq\
ual to one of the allowed values",schema:schema67.else.enum,parentSchema:schema67.else,data:data43};if(vErrors===null){vErrors=[err63]}else{vErrors.push(err63)}
errors++}var _valid6=_errs125===errors;valid46=_valid6}if(!valid46){const err64={instancePath:instancePath+"/namespaces/uts",schemaPath:"#/$defs/joinable/if",keyword:"\
if",params:{failingKeyword:"else"},message:'must match "else" schema',schema:schema67.if,parentSchema:schema67,data:data43};if(vErrors===null){vErrors=[err64]}else{
vErrors.push(err64)}errors++}}if(data40.net!==void 0){let data44=data40.net;if(typeof data44!=="string"){const err65={instancePath:instancePath+"/namespaces/net",
schemaPath:"#/$defs/netSharing/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema70.type,parentSchema:schema70,data:data44};if(vErrors===
null){vErrors=[err65]}else{vErrors.push(err65)}errors++}const _errs129=errors;let valid48=true;const _errs130=errors;if(typeof data44==="string"){if(!pattern9.test(
data44)){const err66={};if(vErrors===null){vErrors=[err66]}else{vErrors.push(err66)}errors++}}var _valid7=_errs130===errors;errors=_errs129;if(vErrors!==null){if(_errs129){
vErrors.length=_errs129}else{vErrors=null}}if(!_valid7){const _errs131=errors;if(!(data44==="private"||data44==="host"||data44==="none"||data44==="container:NAM\
E")){const err67={instancePath:instancePath+"/namespaces/net",schemaPath:"#/$defs/netSharing/else/enum",keyword:"enum",params:{allowedValues:schema70.else.enum},
message:"must be equal to one of the allowed values",schema:schema70.else.enum,parentSchema:schema70.else,data:data44};if(vErrors===null){vErrors=[err67]}else{vErrors.
push(err67)}errors++}var _valid7=_errs131===errors;valid48=_valid7}if(!valid48){const err68={instancePath:instancePath+"/namespaces/net",schemaPath:"#/$defs/net\
Sharing/if",keyword:"if",params:{failingKeyword:"else"},message:'must match "else" schema',schema:schema70.if,parentSchema:schema70,data:data44};if(vErrors===null){
vErrors=[err68]}else{vErrors.push(err68)}errors++}}if(data40.cgroup!==void 0){let data45=data40.cgroup;if(!(data45==="private"||data45==="host")){const err69={instancePath:instancePath+
"/namespaces/cgroup",schemaPath:"#/$defs/sharing/enum",keyword:"enum",params:{allowedValues:schema71.enum},message:"must be equal to one of the allowed values",
schema:schema71.enum,parentSchema:schema71,data:data45};if(vErrors===null){vErrors=[err69]}else{vErrors.push(err69)}errors++}}}else{const err70={instancePath:instancePath+
"/namespaces",schemaPath:"#/properties/namespaces/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema39.properties.namespaces.type,
parentSchema:schema39.properties.namespaces,data:data40};if(vErrors===null){vErrors=[err70]}else{vErrors.push(err70)}errors++}}if(data.capabilities!==void 0){let data46=data.
capabilities;if(data46&&typeof data46=="object"&&!Array.isArray(data46)){for(const key4 in data46){if(!(key4==="add"||key4==="drop")){const err71={instancePath:instancePath+
"/capabilities",schemaPath:"#/properties/capabilities/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key4},message:"must NOT ha\
ve additional properties",schema:false,parentSchema:schema39.properties.capabilities,data:data46};if(vErrors===null){vErrors=[err71]}else{vErrors.push(err71)}errors++}}
if(data46.add!==void 0){let data47=data46.add;if(Array.isArray(data47)){const len11=data47.length;for(let i11=0;i11<len11;i11++){let data48=data47[i11];if(typeof data48!==
"string"){const err72={instancePath:instancePath+"/capabilities/add/"+i11,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"m\
ust be string",schema:schema40.items.type,parentSchema:schema40.items,data:data48};if(vErrors===null){vErrors=[err72]}else{vErrors.push(err72)}errors++}}}else{const err73={
instancePath:instancePath+"/capabilities/add",schemaPath:"#/$defs/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,
parentSchema:schema40,data:data47};if(vErrors===null){vErrors=[err73]}else{vErrors.push(err73)}errors++}}if(data46.drop!==void 0){let data49=data46.drop;if(Array.
isArray(data49)){const len12=data49.length;for(let i12=0;i12<len12;i12++){let data50=data49[i12];if(typeof data50!=="string"){const err74={instancePath:instancePath+
"/capabilities/drop/"+i12,schemaPath:"#/$defs/words/items/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema40.items.type,parentSchema:schema40.
items,data:data50};if(vErrors===null){vErrors=[err74]}else{vErrors.push(err74)}errors++}}}else{const err75={instancePath:instancePath+"/capabilities/drop",schemaPath:"\
#/$defs/words/type",keyword:"type",params:{type:"array"},message:"must be array",schema:schema40.type,parentSchema:schema40,data:data49};if(vErrors===null){vErrors=
[err75]}else{vErrors.push(err75)}errors++}}}else{const err76={instancePath:instancePath+"/capabilities",schemaPath:"#/properties/capabilities/type",keyword:"typ\
e",params:{type:"object"},message:"must be object",schema:schema39.properties.capabilities.type,parentSchema:schema39.properties.capabilities,data:data46};if(vErrors===
null){vErrors=[err76]}else{vErrors.push(err76)}errors++}}if(data.security!==void 0){let data51=data.security;if(data51&&typeof data51=="object"&&!Array.isArray(
data51)){for(const key5 in data51){if(!(key5==="readOnlyRoot"||key5==="noNewPrivileges"||key5==="maskedPaths"||key5==="readonlyPaths")){const err77={instancePath:instancePath+
"/security",schemaPath:"#/properties/security/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key5},message:"must NOT have addit\
ional properties",schema:false,parentSchema:schema39.properties.security,data:data51};if(vErrors===null){vErrors=[err77]}else{vErrors.push(err77)}errors++}}if(data51.
readOnlyRoot!==void 0){let data52=data51.readOnlyRoot;if(typeof data52!=="boolean"){const err78={instancePath:instancePath+"/security/readOnlyRoot",schemaPath:"\
#/properties/security/properties/readOnlyRoot/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema39.properties.security.properties.
readOnlyRoot.type,parentSchema:schema39.properties.security.properties.readOnlyRoot,data:data52};if(vErrors===null){vErrors=[err78]}else{vErrors.push(err78)}errors++}}
if(data51.noNewPrivileges!==void 0){let data53=data51.noNewPrivileges;if(typeof data53!=="boolean"){const err79={instancePath:instancePath+"/security/noNewPrivi\
leges",schemaPath:"#/properties/security/properties/noNewPrivileges/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema39.properties.
security.properties.noNewPrivileges.type,parentSchema:schema39.properties.security.properties.noNewPrivileges,data:data53};if(vErrors===null){vErrors=[err79]}else{
vErrors.push(err79)}errors++}}if(data51.maskedPaths!==void 0){if(!validate37(data51.maskedPaths,{instancePath:instancePath+"/security/maskedPaths",parentData:data51,
parentDataProperty:"maskedPaths",rootData,dynamicAnchors})){vErrors=vErrors===null?validate37.errors:vErrors.concat(validate37.errors);errors=vErrors.length}}if(data51.
readonlyPaths!==void 0){if(!validate37(data51.readonlyPaths,{instancePath:instancePath+"/security/readonlyPaths",parentData:data51,parentDataProperty:"readonlyP\
aths",rootData,dynamicAnchors})){vErrors=vErrors===null?validate37.errors:vErrors.concat(validate37.errors);errors=vErrors.length}}}else{const err80={instancePath:instancePath+
"/security",schemaPath:"#/properties/security/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema39.properties.security.type,parentSchema:schema39.
properties.security,data:data51};if(vErrors===null){vErrors=[err80]}else{vErrors.push(err80)}errors++}}if(data.sysctls!==void 0){let data56=data.sysctls;if(data56&&
typeof data56=="object"&&!Array.isArray(data56)){for(const key6 in data56){let data57=data56[key6];if(typeof data57!=="string"){const err81={instancePath:instancePath+
"/sysctls/"+key6.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/$defs/texts/additionalProperties/type",keyword:"type",params:{type:"string"},message:"must\
 be string",schema:schema38.additionalProperties.type,parentSchema:schema38.additionalProperties,data:data57};if(vErrors===null){vErrors=[err81]}else{vErrors.push(
err81)}errors++}}}else{const err82={instancePath:instancePath+"/sysctls",schemaPath:"#/$defs/texts/type",keyword:"type",params:{type:"object"},message:"must be \
object",schema:schema38.type,parentSchema:schema38,data:data56};if(vErrors===null){vErrors=[err82]}else{vErrors.push(err82)}errors++}}if(data.restart!==void 0){
let data58=data.restart;const _errs163=errors;let valid60=false;const _errs164=errors;if(typeof data58!=="string"){const err83={instancePath:instancePath+"/rest\
art",schemaPath:"#/properties/restart/anyOf/0/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.restart.anyOf[0].type,
parentSchema:schema39.properties.restart.anyOf[0],data:data58};if(vErrors===null){vErrors=[err83]}else{vErrors.push(err83)}errors++}var _valid8=_errs164===errors;
valid60=valid60||_valid8;const _errs166=errors;if(false!==data58){const err84={instancePath:instancePath+"/restart",schemaPath:"#/properties/restart/anyOf/1/con\
st",keyword:"const",params:{allowedValue:false},message:"must be equal to constant",schema:false,parentSchema:schema39.properties.restart.anyOf[1],data:data58};
if(vErrors===null){vErrors=[err84]}else{vErrors.push(err84)}errors++}var _valid8=_errs166===errors;valid60=valid60||_valid8;const _errs167=errors;if(data58&&typeof data58==
"object"&&!Array.isArray(data58)){if(data58.policy===void 0){const err85={instancePath:instancePath+"/restart",schemaPath:"#/$defs/restart/required",keyword:"re\
quired",params:{missingProperty:"policy"},message:"must have required property 'policy'",schema:schema77.required,parentSchema:schema77,data:data58};if(vErrors===
null){vErrors=[err85]}else{vErrors.push(err85)}errors++}for(const key7 in data58){if(!(key7==="policy"||key7==="maxRetries")){const err86={instancePath:instancePath+
"/restart",schemaPath:"#/$defs/restart/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key7},message:"must NOT have additional p\
roperties",schema:false,parentSchema:schema77,data:data58};if(vErrors===null){vErrors=[err86]}else{vErrors.push(err86)}errors++}}if(data58.policy!==void 0){let data59=data58.
policy;if(!(data59==="no"||data59==="on-failure"||data59==="always"||data59==="unless-stopped")){const err87={instancePath:instancePath+"/restart/policy",schemaPath:"\
#/$defs/restart/properties/policy/enum",keyword:"enum",params:{allowedValues:schema77.properties.policy.enum},message:"must be equal to one of the allowed value\
s",schema:schema77.properties.policy.enum,parentSchema:schema77.properties.policy,data:data59};if(vErrors===null){vErrors=[err87]}else{vErrors.push(err87)}errors++}}
if(data58.maxRetries!==void 0){let data60=data58.maxRetries;if(!(typeof data60=="number"&&(!(data60%1)&&!isNaN(data60))&&isFinite(data60))){const err88={instancePath:instancePath+
"/restart/maxRetries",schemaPath:"#/$defs/restart/properties/maxRetries/type",keyword:"type",params:{type:"integer"},message:"must be integer",schema:schema77.properties.
maxRetries.type,parentSchema:schema77.properties.maxRetries,data:data60};if(vErrors===null){vErrors=[err88]}else{vErrors.push(err88)}errors++}if(typeof data60==
"number"&&isFinite(data60)){if(data60>1e6||isNaN(data60)){const err89={instancePath:instancePath+"/restart/maxRetries",schemaPath:"#/$defs/restart/properties/ma\
xRetries/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e6},message:"must be <= 1000000",schema:1e6,parentSchema:schema77.properties.maxRetries,data:data60};
if(vErrors===null){vErrors=[err89]}else{vErrors.push(err89)}errors++}if(data60<0||isNaN(data60)){const err90={instancePath:instancePath+"/restart/maxRetries",schemaPath:"\
#/$defs/restart/properties/maxRetries/minimum",keyword:"minimum",params:{comparison:">=",limit:0},message:"must be >= 0",schema:0,parentSchema:schema77.properties.
maxRetries,data:data60};if(vErrors===null){vErrors=[err90]}else{vErrors.push(err90)}errors++}}}}else{const err91={instancePath:instancePath+"/restart",schemaPath:"\
#/$defs/restart/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema77.type,parentSchema:schema77,data:data58};if(vErrors===null){
vErrors=[err91]}else{vErrors.push(err91)}errors++}var _valid8=_errs167===errors;valid60=valid60||_valid8;if(!valid60){const err92={instancePath:instancePath+"/r\
estart",schemaPath:"#/properties/restart/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema39.properties.restart.anyOf,parentSchema:schema39.
properties.restart,data:data58};if(vErrors===null){vErrors=[err92]}else{vErrors.push(err92)}errors++}else{errors=_errs163;if(vErrors!==null){if(_errs163){vErrors.
length=_errs163}else{vErrors=null}}}}if(data.dependsOn!==void 0){let data61=data.dependsOn;if(Array.isArray(data61)){if(data61.length>1e3){const err93={instancePath:instancePath+
"/dependsOn",schemaPath:"#/properties/dependsOn/maxItems",keyword:"maxItems",params:{limit:1e3},message:"must NOT have more than 1000 items",schema:1e3,parentSchema:schema39.
properties.dependsOn,data:data61};if(vErrors===null){vErrors=[err93]}else{vErrors.push(err93)}errors++}const len13=data61.length;for(let i13=0;i13<len13;i13++){
let data62=data61[i13];const _errs177=errors;let valid65=false;const _errs178=errors;if(typeof data62!=="string"){const err94={instancePath:instancePath+"/depen\
dsOn/"+i13,schemaPath:"#/properties/dependsOn/items/anyOf/0/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.dependsOn.
items.anyOf[0].type,parentSchema:schema39.properties.dependsOn.items.anyOf[0],data:data62};if(vErrors===null){vErrors=[err94]}else{vErrors.push(err94)}errors++}
var _valid9=_errs178===errors;valid65=valid65||_valid9;const _errs180=errors;if(data62&&typeof data62=="object"&&!Array.isArray(data62)){if(data62.name===void 0){
const err95={instancePath:instancePath+"/dependsOn/"+i13,schemaPath:"#/$defs/dependency/required",keyword:"required",params:{missingProperty:"name"},message:"mu\
st have required property 'name'",schema:schema78.required,parentSchema:schema78,data:data62};if(vErrors===null){vErrors=[err95]}else{vErrors.push(err95)}errors++}
for(const key8 in data62){if(!(key8==="name"||key8==="condition"||key8==="required"||key8==="restartWith")){const err96={instancePath:instancePath+"/dependsOn/"+
i13,schemaPath:"#/$defs/dependency/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key8},message:"must NOT have additional prope\
rties",schema:false,parentSchema:schema78,data:data62};if(vErrors===null){vErrors=[err96]}else{vErrors.push(err96)}errors++}}if(data62.name!==void 0){let data63=data62.
name;if(typeof data63!=="string"){const err97={instancePath:instancePath+"/dependsOn/"+i13+"/name",schemaPath:"#/$defs/dependency/properties/name/type",keyword:"\
type",params:{type:"string"},message:"must be string",schema:schema78.properties.name.type,parentSchema:schema78.properties.name,data:data63};if(vErrors===null){
vErrors=[err97]}else{vErrors.push(err97)}errors++}}if(data62.condition!==void 0){let data64=data62.condition;if(!(data64==="started"||data64==="healthy"||data64===
"completed")){const err98={instancePath:instancePath+"/dependsOn/"+i13+"/condition",schemaPath:"#/$defs/dependency/properties/condition/enum",keyword:"enum",params:{
allowedValues:schema78.properties.condition.enum},message:"must be equal to one of the allowed values",schema:schema78.properties.condition.enum,parentSchema:schema78.
properties.condition,data:data64};if(vErrors===null){vErrors=[err98]}else{vErrors.push(err98)}errors++}}if(data62.required!==void 0){let data65=data62.required;
if(typeof data65!=="boolean"){const err99={instancePath:instancePath+"/dependsOn/"+i13+"/required",schemaPath:"#/$defs/dependency/properties/required/type",keyword:"\
type",params:{type:"boolean"},message:"must be boolean",schema:schema78.properties.required.type,parentSchema:schema78.properties.required,data:data65};if(vErrors===
null){vErrors=[err99]}else{vErrors.push(err99)}errors++}}if(data62.restartWith!==void 0){let data66=data62.restartWith;if(typeof data66!=="boolean"){const err100={
instancePath:instancePath+"/dependsOn/"+i13+"/restartWith",schemaPath:"#/$defs/dependency/properties/restartWith/type",keyword:"type",params:{type:"boolean"},message:"\
must be boolean",schema:schema78.properties.restartWith.type,parentSchema:schema78.properties.restartWith,data:data66};if(vErrors===null){vErrors=[err100]}else{
vErrors.push(err100)}errors++}}}else{const err101={instancePath:instancePath+"/dependsOn/"+i13,schemaPath:"#/$defs/dependency/type",keyword:"type",params:{type:"\
object"},message:"must be object",schema:schema78.type,parentSchema:schema78,data:data62};if(vErrors===null){vErrors=[err101]}else{vErrors.push(err101)}errors++}
var _valid9=_errs180===errors;valid65=valid65||_valid9;if(!valid65){const err102={instancePath:instancePath+"/dependsOn/"+i13,schemaPath:"#/properties/dependsOn\
/items/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf",schema:schema39.properties.dependsOn.items.anyOf,parentSchema:schema39.properties.
dependsOn.items,data:data62};if(vErrors===null){vErrors=[err102]}else{vErrors.push(err102)}errors++}else{errors=_errs177;if(vErrors!==null){if(_errs177){vErrors.
length=_errs177}else{vErrors=null}}}}}else{const err103={instancePath:instancePath+"/dependsOn",schemaPath:"#/properties/dependsOn/type",keyword:"type",params:{
type:"array"},message:"must be array",schema:schema39.properties.dependsOn.type,parentSchema:schema39.properties.dependsOn,data:data61};if(vErrors===null){vErrors=
[err103]}else{vErrors.push(err103)}errors++}}if(data.health!==void 0){if(!validate40(data.health,{instancePath:instancePath+"/health",parentData:data,parentDataProperty:"\
health",rootData,dynamicAnchors})){vErrors=vErrors===null?validate40.errors:vErrors.concat(validate40.errors);errors=vErrors.length}}if(data.stop!==void 0){let data68=data.
stop;if(data68&&typeof data68=="object"&&!Array.isArray(data68)){for(const key9 in data68){if(!(key9==="signal"||key9==="grace")){const err104={instancePath:instancePath+
"/stop",schemaPath:"#/properties/stop/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key9},message:"must NOT have additional pr\
operties",schema:false,parentSchema:schema39.properties.stop,data:data68};if(vErrors===null){vErrors=[err104]}else{vErrors.push(err104)}errors++}}if(data68.signal!==
void 0){let data69=data68.signal;if(typeof data69!=="string"){const err105={instancePath:instancePath+"/stop/signal",schemaPath:"#/properties/stop/properties/si\
gnal/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema39.properties.stop.properties.signal.type,parentSchema:schema39.properties.
stop.properties.signal,data:data69};if(vErrors===null){vErrors=[err105]}else{vErrors.push(err105)}errors++}}if(data68.grace!==void 0){let data70=data68.grace;if(typeof data70!==
"string"){const err106={instancePath:instancePath+"/stop/grace",schemaPath:"#/$defs/duration/type",keyword:"type",params:{type:"string"},message:"must be string",
schema:schema81.type,parentSchema:schema81,data:data70};if(vErrors===null){vErrors=[err106]}else{vErrors.push(err106)}errors++}}}else{const err107={instancePath:instancePath+
"/stop",schemaPath:"#/properties/stop/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema39.properties.stop.type,parentSchema:schema39.
properties.stop,data:data68};if(vErrors===null){vErrors=[err107]}else{vErrors.push(err107)}errors++}}if(data.logging!==void 0){let data71=data.logging;if(data71&&
typeof data71=="object"&&!Array.isArray(data71)){for(const key10 in data71){if(!(key10==="maxSize"||key10==="maxFile")){const err108={instancePath:instancePath+
"/logging",schemaPath:"#/properties/logging/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key10},message:"must NOT have additi\
onal properties",schema:false,parentSchema:schema39.properties.logging,data:data71};if(vErrors===null){vErrors=[err108]}else{vErrors.push(err108)}errors++}}if(data71.
maxSize!==void 0){let data72=data71.maxSize;if(!(typeof data72=="number"&&(!(data72%1)&&!isNaN(data72))&&isFinite(data72))&&typeof data72!=="string"){const err109={
instancePath:instancePath+"/logging/maxSize",schemaPath:"#/$defs/size/type",keyword:"type",params:{type:schema48.type},message:"must be integer,string",schema:schema48.
type,parentSchema:schema48,data:data72};if(vErrors===null){vErrors=[err109]}else{vErrors.push(err109)}errors++}}if(data71.maxFile!==void 0){let data73=data71.maxFile;
if(!(typeof data73=="number"&&(!(data73%1)&&!isNaN(data73))&&isFinite(data73))){const err110={instancePath:instancePath+"/logging/maxFile",schemaPath:"#/propert\
ies/logging/properties/maxFile/type",keyword:"type",params:{type:"integer"},message:"must be integer",schema:schema39.properties.logging.properties.maxFile.type,
parentSchema:schema39.properties.logging.properties.maxFile,data:data73};if(vErrors===null){vErrors=[err110]}else{vErrors.push(err110)}errors++}if(typeof data73==
"number"&&isFinite(data73)){if(data73>1e3||isNaN(data73)){const err111={instancePath:instancePath+"/logging/maxFile",schemaPath:"#/properties/logging/properties\
/maxFile/maximum",keyword:"maximum",params:{comparison:"<=",limit:1e3},message:"must be <= 1000",schema:1e3,parentSchema:schema39.properties.logging.properties.
maxFile,data:data73};if(vErrors===null){vErrors=[err111]}else{vErrors.push(err111)}errors++}if(data73<1||isNaN(data73)){const err112={instancePath:instancePath+
"/logging/maxFile",schemaPath:"#/properties/logging/properties/maxFile/minimum",keyword:"minimum",params:{comparison:">=",limit:1},message:"must be >= 1",schema:1,
parentSchema:schema39.properties.logging.properties.maxFile,data:data73};if(vErrors===null){vErrors=[err112]}else{vErrors.push(err112)}errors++}}}}else{const err113={
instancePath:instancePath+"/logging",schemaPath:"#/properties/logging/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema39.properties.
logging.type,parentSchema:schema39.properties.logging,data:data71};if(vErrors===null){vErrors=[err113]}else{vErrors.push(err113)}errors++}}}else{const err114={instancePath,
schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema39.type,parentSchema:schema39,data};if(vErrors===null){vErrors=[
err114]}else{vErrors.push(err114)}errors++}validate24.errors=vErrors;return errors===0}validate24.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};
function validate44(data,{instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){let vErrors=null;let errors=0;const evaluated0=validate44.
evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data=="object"&&!Array.isArray(
data)){if(data.apiVersion===void 0){const err0={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"apiVersion"},message:"must have\
 required property 'apiVersion'",schema:schema34.required,parentSchema:schema34,data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}if(data.
kind===void 0){const err1={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"kind"},message:"must have required property 'kind'",
schema:schema34.required,parentSchema:schema34,data};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}if(data.metadata===void 0){const err2={instancePath,
schemaPath:"#/required",keyword:"required",params:{missingProperty:"metadata"},message:"must have required property 'metadata'",schema:schema34.required,parentSchema:schema34,
data};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}if(data.spec===void 0){const err3={instancePath,schemaPath:"#/required",keyword:"requir\
ed",params:{missingProperty:"spec"},message:"must have required property 'spec'",schema:schema34.required,parentSchema:schema34,data};if(vErrors===null){vErrors=
[err3]}else{vErrors.push(err3)}errors++}for(const key0 in data){if(!(key0==="apiVersion"||key0==="kind"||key0==="metadata"||key0==="spec")){const err4={instancePath,
schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additional properties",schema:false,parentSchema:schema34,
data};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}}if(data.apiVersion!==void 0){let data0=data.apiVersion;if("reconcile/v1"!==data0){const err5={
instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue:"reconcile/v1"},message:"must be equal t\
o constant",schema:"reconcile/v1",parentSchema:schema34.properties.apiVersion,data:data0};if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}}if(data.
kind!==void 0){let data1=data.kind;if("Container"!==data1){const err6={instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{
allowedValue:"Container"},message:"must be equal to constant",schema:"Container",parentSchema:schema34.properties.kind,data:data1};if(vErrors===null){vErrors=[err6]}else{
vErrors.push(err6)}errors++}}if(data.metadata!==void 0){if(!validate22(data.metadata,{instancePath:instancePath+"/metadata",parentData:data,parentDataProperty:"\
metadata",rootData,dynamicAnchors})){vErrors=vErrors===null?validate22.errors:vErrors.concat(validate22.errors);errors=vErrors.length}}if(data.spec!==void 0){if(!validate24(
data.spec,{instancePath:instancePath+"/spec",parentData:data,parentDataProperty:"spec",rootData,dynamicAnchors})){vErrors=vErrors===null?validate24.errors:vErrors.
concat(validate24.errors);errors=vErrors.length}}}else{const err7={instancePath,schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be objec\
t",schema:schema34.type,parentSchema:schema34,data};if(vErrors===null){vErrors=[err7]}else{vErrors.push(err7)}errors++}validate44.errors=vErrors;return errors===
0}validate44.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};exports.validateVolumeManifest=validate47;var schema32={"$schema":"https://json-\
schema.org/draft/2020-12/schema","$id":"volume.schema.json","title":"VolumeManifest","description":"A named volume.","type":"object","additionalProperties":false,
"required":["apiVersion","kind","metadata"],"properties":{"apiVersion":{"const":"reconcile/v1"},"kind":{"const":"Volume"},"metadata":{"type":"object","additiona\
lProperties":false,"required":["name"],"properties":{"name":{"type":"string","pattern":"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$","x-must":"be 2 to 128 of the charact\
ers a-z A-Z 0-9 _ . - and begin with a letter or a digit"}}},"spec":{"type":"object","additionalProperties":false,"properties":{"labels":{"type":"object","addit\
ionalProperties":{"type":"string"}},"removal":{"description":"delete: an undeclared volume is removed with its data.","enum":["keep","delete"]}}}}};function validate47(data,{
instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){;let vErrors=null;let errors=0;const evaluated0=validate47.evaluated;if(evaluated0.
dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data=="object"&&!Array.isArray(data)){if(data.apiVersion===
void 0){const err0={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"apiVersion"},message:"must have required property 'apiVersi\
on'",schema:schema32.required,parentSchema:schema32,data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(err0)}errors++}if(data.kind===void 0){const err1={
instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"kind"},message:"must have required property 'kind'",schema:schema32.required,parentSchema:schema32,
data};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}if(data.metadata===void 0){const err2={instancePath,schemaPath:"#/required",keyword:"re\
quired",params:{missingProperty:"metadata"},message:"must have required property 'metadata'",schema:schema32.required,parentSchema:schema32,data};if(vErrors===null){
vErrors=[err2]}else{vErrors.push(err2)}errors++}for(const key0 in data){if(!(key0==="apiVersion"||key0==="kind"||key0==="metadata"||key0==="spec")){const err3={
instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key0},message:"must NOT have additional properties",schema:false,
parentSchema:schema32,data};if(vErrors===null){vErrors=[err3]}else{vErrors.push(err3)}errors++}}if(data.apiVersion!==void 0){let data0=data.apiVersion;if("recon\
cile/v1"!==data0){const err4={instancePath:instancePath+"/apiVersion",schemaPath:"#/properties/apiVersion/const",keyword:"const",params:{allowedValue:"reconcile\
/v1"},message:"must be equal to constant",schema:"reconcile/v1",parentSchema:schema32.properties.apiVersion,data:data0};if(vErrors===null){vErrors=[err4]}else{vErrors.
push(err4)}errors++}}if(data.kind!==void 0){let data1=data.kind;if("Volume"!==data1){const err5={instancePath:instancePath+"/kind",schemaPath:"#/properties/kind\
/const",keyword:"const",params:{allowedValue:"Volume"},message:"must be equal to constant",schema:"Volume",parentSchema:schema32.properties.kind,data:data1};if(vErrors===
null){vErrors=[err5]}else{vErrors.push(err5)}errors++}}if(data.metadata!==void 0){let data2=data.metadata;if(data2&&typeof data2=="object"&&!Array.isArray(data2)){
if(data2.name===void 0){const err6={instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty:"\
name"},message:"must have required property 'name'",schema:schema32.properties.metadata.required,parentSchema:schema32.properties.metadata,data:data2};if(vErrors===
null){vErrors=[err6]}else{vErrors.push(err6)}errors++}for(const key1 in data2){if(!(key1==="name")){const err7={instancePath:instancePath+"/metadata",schemaPath:"\
#/properties/metadata/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key1},message:"must NOT have additional properties",schema:false,
parentSchema:schema32.properties.metadata,data:data2};if(vErrors===null){vErrors=[err7]}else{vErrors.push(err7)}errors++}}if(data2.name!==void 0){let data3=data2.
name;if(typeof data3==="string"){if(!pattern4.test(data3)){const err8={instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/n\
ame/pattern",keyword:"pattern",params:{pattern:"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$"},message:'must match pattern "^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$"',schema:"^\
[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$",parentSchema:schema32.properties.metadata.properties.name,data:data3};if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}
errors++}}else{const err9={instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadata/properties/name/type",keyword:"type",params:{type:"strin\
g"},message:"must be string",schema:schema32.properties.metadata.properties.name.type,parentSchema:schema32.properties.metadata.properties.name,data:data3};if(vErrors===
null){vErrors=[err9]}else{vErrors.push(err9)}errors++}}}else{const err10={instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/type",keyword:"\
type",params:{type:"object"},message:"must be object",schema:schema32.properties.metadata.type,parentSchema:schema32.properties.metadata,data:data2};if(vErrors===
null){vErrors=[err10]}else{vErrors.push(err10)}errors++}}if(data.spec!==void 0){let data4=data.spec;if(data4&&typeof data4=="object"&&!Array.isArray(data4)){for(const key2 in data4){
if(!(key2==="labels"||key2==="removal")){const err11={instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/additionalProperties",keyword:"additionalP\
roperties",params:{additionalProperty:key2},message:"must NOT have additional properties",schema:false,parentSchema:schema32.properties.spec,data:data4};if(vErrors===
null){vErrors=[err11]}else{vErrors.push(err11)}errors++}}if(data4.labels!==void 0){let data5=data4.labels;if(data5&&typeof data5=="object"&&!Array.isArray(data5)){
for(const key3 in data5){let data6=data5[key3];if(typeof data6!=="string"){const err12={instancePath:instancePath+"/spec/labels/"+key3.replace(/~/g,"~0").replace(
/\//g,"~1"),schemaPath:"#/properties/spec/properties/labels/additionalProperties/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema32.
properties.spec.properties.labels.additionalProperties.type,parentSchema:schema32.properties.spec.properties.labels.additionalProperties,data:data6};if(vErrors===
null){vErrors=[err12]}else{vErrors.push(err12)}errors++}}}else{const err13={instancePath:instancePath+"/spec/labels",schemaPath:"#/properties/spec/properties/la\
bels/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema32.properties.spec.properties.labels.type,parentSchema:schema32.properties.
spec.properties.labels,data:data5};if(vErrors===null){vErrors=[err13]}else{vErrors.push(err13)}errors++}}if(data4.removal!==void 0){let data7=data4.removal;if(!(data7===
"keep"||data7==="delete")){const err14={instancePath:instancePath+"/spec/removal",schemaPath:"#/properties/spec/properties/removal/enum",keyword:"enum",params:{
allowedValues:schema32.properties.spec.properties.removal.enum},message:"must be equal to one of the allowed values",schema:schema32.properties.spec.properties.
removal.enum,parentSchema:schema32.properties.spec.properties.removal,data:data7};if(vErrors===null){vErrors=[err14]}else{vErrors.push(err14)}errors++}}}else{const err15={
instancePath:instancePath+"/spec",schemaPath:"#/properties/spec/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema32.properties.
spec.type,parentSchema:schema32.properties.spec,data:data4};if(vErrors===null){vErrors=[err15]}else{vErrors.push(err15)}errors++}}}else{const err16={instancePath,
schemaPath:"#/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema32.type,parentSchema:schema32,data};if(vErrors===null){vErrors=[
err16]}else{vErrors.push(err16)}errors++}validate47.errors=vErrors;return errors===0}validate47.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false};
exports.validateNetworkManifest=validate48;var schema33={"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"network.schema.json","title":"NetworkMa\
nifest","description":"A network of containers on this host: a bridge with addresses.","type":"object","additionalProperties":false,"required":["apiVersion","ki\
nd","metadata"],"properties":{"apiVersion":{"const":"reconcile/v1"},"kind":{"const":"Network"},"metadata":{"type":"object","additionalProperties":false,"require\
d":["name"],"properties":{"name":{"type":"string","pattern":"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$","x-must":"be 2 to 128 of the characters a-z A-Z 0-9 _ . - and b\
egin with a letter or a digit"}}},"spec":{"type":"object","additionalProperties":false,"properties":{"labels":{"type":"object","additionalProperties":{"type":"s\
tring"}},"subnet":{"description":"IPv4, e.g. 10.199.0.0/24; chosen free of others if absent.","type":"string"},"gateway":{"description":"Of the host on this net\
work; the first address if absent.","type":"string"},"subnet6":{"description":"IPv6, e.g. fd00:1::/64; none if absent.","type":"string"},"gateway6":{"descriptio\
n":"As gateway, of subnet6.","type":"string"},"masquerade":{"description":"What leaves for other hosts gets the address of this one; default true.","type":"bool\
ean"},"firewall":{"description":"nftables (the default): isolation, masquerade and published ports by rules; none: no rules of ours, published ports by a proxy.",
"enum":["nftables","none"]},"internal":{"description":"Nothing leaves, and nothing comes in; default false.","type":"boolean"},"mtu":{"type":"integer","minimum":1280,
"maximum":65535}}}}};function validate48(data,{instancePath="",parentData,parentDataProperty,rootData=data,dynamicAnchors={}}={}){;let vErrors=null;let errors=0;
const evaluated0=validate48.evaluated;if(evaluated0.dynamicProps){evaluated0.props=void 0}if(evaluated0.dynamicItems){evaluated0.items=void 0}if(data&&typeof data==
"object"&&!Array.isArray(data)){if(data.apiVersion===void 0){const err0={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"apiVer\
sion"},message:"must have required property 'apiVersion'",schema:schema33.required,parentSchema:schema33,data};if(vErrors===null){vErrors=[err0]}else{vErrors.push(
err0)}errors++}if(data.kind===void 0){const err1={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"kind"},message:"must have req\
uired property 'kind'",schema:schema33.required,parentSchema:schema33,data};if(vErrors===null){vErrors=[err1]}else{vErrors.push(err1)}errors++}if(data.metadata===
void 0){const err2={instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty:"metadata"},message:"must have required property 'metadata'",
schema:schema33.required,parentSchema:schema33,data};if(vErrors===null){vErrors=[err2]}else{vErrors.push(err2)}errors++}for(const key0 in data){if(!(key0==="api\
Version"||key0==="kind"||key0==="metadata"||key0==="spec")){const err3={instancePath,schemaPath:"#/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:key0},message:"must NOT have additional properties",schema:false,parentSchema:schema33,data};if(vErrors===null){vErrors=[err3]}else{vErrors.push(
err3)}errors++}}if(data.apiVersion!==void 0){let data0=data.apiVersion;if("reconcile/v1"!==data0){const err4={instancePath:instancePath+"/apiVersion",schemaPath:"\
#/properties/apiVersion/const",keyword:"const",params:{allowedValue:"reconcile/v1"},message:"must be equal to constant",schema:"reconcile/v1",parentSchema:schema33.
properties.apiVersion,data:data0};if(vErrors===null){vErrors=[err4]}else{vErrors.push(err4)}errors++}}if(data.kind!==void 0){let data1=data.kind;if("Network"!==
data1){const err5={instancePath:instancePath+"/kind",schemaPath:"#/properties/kind/const",keyword:"const",params:{allowedValue:"Network"},message:"must be equal\
 to constant",schema:"Network",parentSchema:schema33.properties.kind,data:data1};if(vErrors===null){vErrors=[err5]}else{vErrors.push(err5)}errors++}}if(data.metadata!==
void 0){let data2=data.metadata;if(data2&&typeof data2=="object"&&!Array.isArray(data2)){if(data2.name===void 0){const err6={instancePath:instancePath+"/metadat\
a",schemaPath:"#/properties/metadata/required",keyword:"required",params:{missingProperty:"name"},message:"must have required property 'name'",schema:schema33.properties.
metadata.required,parentSchema:schema33.properties.metadata,data:data2};if(vErrors===null){vErrors=[err6]}else{vErrors.push(err6)}errors++}for(const key1 in data2){
if(!(key1==="name")){const err7={instancePath:instancePath+"/metadata",schemaPath:"#/properties/metadata/additionalProperties",keyword:"additionalProperties",params:{
additionalProperty:key1},message:"must NOT have additional properties",schema:false,parentSchema:schema33.properties.metadata,data:data2};if(vErrors===null){vErrors=
[err7]}else{vErrors.push(err7)}errors++}}if(data2.name!==void 0){let data3=data2.name;if(typeof data3==="string"){if(!pattern4.test(data3)){const err8={instancePath:instancePath+
"/metadata/name",schemaPath:"#/properties/metadata/properties/name/pattern",keyword:"pattern",params:{pattern:"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$"},message:'mus\
t match pattern "^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$"',schema:"^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$",parentSchema:schema33.properties.metadata.properties.name,data:data3};
if(vErrors===null){vErrors=[err8]}else{vErrors.push(err8)}errors++}}else{const err9={instancePath:instancePath+"/metadata/name",schemaPath:"#/properties/metadat\
a/properties/name/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema33.properties.metadata.properties.name.type,parentSchema:schema33.
properties.metadata.properties.name,data:data3};if(vErrors===null){vErrors=[err9]}else{vErrors.push(err9)}errors++}}}else{const err10={instancePath:instancePath+
"/metadata",schemaPath:"#/properties/metadata/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema33.properties.metadata.type,parentSchema:schema33.
properties.metadata,data:data2};if(vErrors===null){vErrors=[err10]}else{vErrors.push(err10)}errors++}}if(data.spec!==void 0){let data4=data.spec;if(data4&&typeof data4==
"object"&&!Array.isArray(data4)){for(const key2 in data4){if(!func1.call(schema33.properties.spec.properties,key2)){const err11={instancePath:instancePath+"/spe\
c",schemaPath:"#/properties/spec/additionalProperties",keyword:"additionalProperties",params:{additionalProperty:key2},message:"must NOT have additional propert\
ies",schema:false,parentSchema:schema33.properties.spec,data:data4};if(vErrors===null){vErrors=[err11]}else{vErrors.push(err11)}errors++}}if(data4.labels!==void 0){
let data5=data4.labels;if(data5&&typeof data5=="object"&&!Array.isArray(data5)){for(const key3 in data5){let data6=data5[key3];if(typeof data6!=="string"){const err12={
instancePath:instancePath+"/spec/labels/"+key3.replace(/~/g,"~0").replace(/\//g,"~1"),schemaPath:"#/properties/spec/properties/labels/additionalProperties/type",
keyword:"type",params:{type:"string"},message:"must be string",schema:schema33.properties.spec.properties.labels.additionalProperties.type,parentSchema:schema33.
properties.spec.properties.labels.additionalProperties,data:data6};if(vErrors===null){vErrors=[err12]}else{vErrors.push(err12)}errors++}}}else{const err13={instancePath:instancePath+
"/spec/labels",schemaPath:"#/properties/spec/properties/labels/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema33.properties.spec.
properties.labels.type,parentSchema:schema33.properties.spec.properties.labels,data:data5};if(vErrors===null){vErrors=[err13]}else{vErrors.push(err13)}errors++}}
if(data4.subnet!==void 0){let data7=data4.subnet;if(typeof data7!=="string"){const err14={instancePath:instancePath+"/spec/subnet",schemaPath:"#/properties/spec\
/properties/subnet/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema33.properties.spec.properties.subnet.type,parentSchema:schema33.
properties.spec.properties.subnet,data:data7};if(vErrors===null){vErrors=[err14]}else{vErrors.push(err14)}errors++}}if(data4.gateway!==void 0){let data8=data4.gateway;
if(typeof data8!=="string"){const err15={instancePath:instancePath+"/spec/gateway",schemaPath:"#/properties/spec/properties/gateway/type",keyword:"type",params:{
type:"string"},message:"must be string",schema:schema33.properties.spec.properties.gateway.type,parentSchema:schema33.properties.spec.properties.gateway,data:data8};
if(vErrors===null){vErrors=[err15]}else{vErrors.push(err15)}errors++}}if(data4.subnet6!==void 0){let data9=data4.subnet6;if(typeof data9!=="string"){const err16={
instancePath:instancePath+"/spec/subnet6",schemaPath:"#/properties/spec/properties/subnet6/type",keyword:"type",params:{type:"string"},message:"must be string",
schema:schema33.properties.spec.properties.subnet6.type,parentSchema:schema33.properties.spec.properties.subnet6,data:data9};if(vErrors===null){vErrors=[err16]}else{
vErrors.push(err16)}errors++}}if(data4.gateway6!==void 0){let data10=data4.gateway6;if(typeof data10!=="string"){const err17={instancePath:instancePath+"/spec/g\
ateway6",schemaPath:"#/properties/spec/properties/gateway6/type",keyword:"type",params:{type:"string"},message:"must be string",schema:schema33.properties.spec.
properties.gateway6.type,parentSchema:schema33.properties.spec.properties.gateway6,data:data10};if(vErrors===null){vErrors=[err17]}else{vErrors.push(err17)}errors++}}
if(data4.masquerade!==void 0){let data11=data4.masquerade;if(typeof data11!=="boolean"){const err18={instancePath:instancePath+"/spec/masquerade",schemaPath:"#/\
properties/spec/properties/masquerade/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema33.properties.spec.properties.masquerade.
type,parentSchema:schema33.properties.spec.properties.masquerade,data:data11};if(vErrors===null){vErrors=[err18]}else{vErrors.push(err18)}errors++}}if(data4.firewall!==
void 0){let data12=data4.firewall;if(!(data12==="nftables"||data12==="none")){const err19={instancePath:instancePath+"/spec/firewall",schemaPath:"#/properties/s\
pec/properties/firewall/enum",keyword:"enum",params:{allowedValues:schema33.properties.spec.properties.firewall.enum},message:"must be equal to one of the allow\
ed values",schema:schema33.properties.spec.properties.firewall.enum,parentSchema:schema33.properties.spec.properties.firewall,data:data12};if(vErrors===null){vErrors=
[err19]}else{vErrors.push(err19)}errors++}}if(data4.internal!==void 0){let data13=data4.internal;if(typeof data13!=="boolean"){const err20={instancePath:instancePath+
"/spec/internal",schemaPath:"#/properties/spec/properties/internal/type",keyword:"type",params:{type:"boolean"},message:"must be boolean",schema:schema33.properties.
spec.properties.internal.type,parentSchema:schema33.properties.spec.properties.internal,data:data13};if(vErrors===null){vErrors=[err20]}else{vErrors.push(err20)}
errors++}}if(data4.mtu!==void 0){let data14=data4.mtu;if(!(typeof data14=="number"&&(!(data14%1)&&!isNaN(data14))&&isFinite(data14))){const err21={instancePath:instancePath+
"/spec/mtu",schemaPath:"#/properties/spec/properties/mtu/type",keyword:"type",params:{type:"integer"},message:"must be integer",schema:schema33.properties.spec.
properties.mtu.type,parentSchema:schema33.properties.spec.properties.mtu,data:data14};if(vErrors===null){vErrors=[err21]}else{vErrors.push(err21)}errors++}if(typeof data14==
"number"&&isFinite(data14)){if(data14>65535||isNaN(data14)){const err22={instancePath:instancePath+"/spec/mtu",schemaPath:"#/properties/spec/properties/mtu/maxi\
mum",keyword:"maximum",params:{comparison:"<=",limit:65535},message:"must be <= 65535",schema:65535,parentSchema:schema33.properties.spec.properties.mtu,data:data14};
if(vErrors===null){vErrors=[err22]}else{vErrors.push(err22)}errors++}if(data14<1280||isNaN(data14)){const err23={instancePath:instancePath+"/spec/mtu",schemaPath:"\
#/properties/spec/properties/mtu/minimum",keyword:"minimum",params:{comparison:">=",limit:1280},message:"must be >= 1280",schema:1280,parentSchema:schema33.properties.
spec.properties.mtu,data:data14};if(vErrors===null){vErrors=[err23]}else{vErrors.push(err23)}errors++}}}}else{const err24={instancePath:instancePath+"/spec",schemaPath:"\
#/properties/spec/type",keyword:"type",params:{type:"object"},message:"must be object",schema:schema33.properties.spec.type,parentSchema:schema33.properties.spec,
data:data4};if(vErrors===null){vErrors=[err24]}else{vErrors.push(err24)}errors++}}}else{const err25={instancePath,schemaPath:"#/type",keyword:"type",params:{type:"\
object"},message:"must be object",schema:schema33.type,parentSchema:schema33,data};if(vErrors===null){vErrors=[err25]}else{vErrors.push(err25)}errors++}validate48.
errors=vErrors;return errors===0}validate48.evaluated={"props":true,"dynamicProps":false,"dynamicItems":false}}});var import_compiled=__toESM(require_compiled());var export_validateContainerManifest=import_compiled.validateContainerManifest;var export_validateNetworkManifest=import_compiled.validateNetworkManifest;var export_validateVolumeManifest=import_compiled.validateVolumeManifest;
export{export_validateContainerManifest as validateContainerManifest,export_validateNetworkManifest as validateNetworkManifest,export_validateVolumeManifest as validateVolumeManifest};
