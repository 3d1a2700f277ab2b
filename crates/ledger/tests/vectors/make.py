"""Writes commitments.json and ledger.json: entries, commitments, tree, checkpoint and proof made from the formats alone
(crates/ledger/README.md), without the crate that they test. Needs the package `cryptography`. Run it in this folder."""
import hashlib, base64, json, struct
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives import serialization as S
b64=lambda b: base64.b64encode(b).decode()
H=lambda b: hashlib.sha256(b).digest()
canon=lambda v: json.dumps(v,ensure_ascii=False,separators=(',',':'),sort_keys=True).encode()
def commit(f): return b64(H(base64.b64decode(f['salt'])+b'\0'+f['name'].encode()+b'\0'+canon(f['value'])))
salt=lambda i: b64(bytes((i*37+j)%256 for j in range(32)))
values=[('title','热处理曲线'),('grade','core'),('points',[{'name':'淬火温度','value':'845±5 ℃'},{'name':'回火'}]),('term_months',120),('note',None),('密级',True),('escapes','a"b\\c\n\t\u0001/\u007f'),('empty',{})]
com=[]
for i,(n,v) in enumerate(values):
    f={'name':n,'salt':salt(i),'value':v}
    com.append({'field':f,'canonical':canon(v).decode(),'commitment':commit(f)})
json.dump(com,open('commitments.json','w'),ensure_ascii=False,indent=1); open('commitments.json','a').write('\n')
entries=[]; opens=[]
for i in range(5):
    fs=[{'name':n,'salt':salt(i*16+k),'value':v if n!='term_months' else v+i} for k,(n,v) in enumerate(values[:1+i])]
    opens.append(fs)
    e={'v':1,'at':'2026-11-%02dT08:30:00.%06dZ'%(i+1,i*1001),'act':['create','submit','approve','read','export'][i],'kind':'secret','fields':{f['name']:commit(f) for f in fs}}
    if i>0: e['subject']='0193a4c0-7b00-7000-8000-00000000000%d'%i
    if i>1: e['revision']=i
    if i>2: e['sealed']=b64(H(b'ciphertext %d'%i))
    entries.append(canon(e))
leaf=[H(b'\0'+e) for e in entries]
def mth(h):
    if not h: return H(b'')
    if len(h)==1: return h[0]
    k=1
    while k*2<len(h): k*=2
    return H(b'\1'+mth(h[:k])+mth(h[k:]))
def path(m,h):
    if len(h)==1: return []
    k=1
    while k*2<len(h): k*=2
    return path(m,h[:k])+[mth(h[k:])] if m<k else path(m-k,h[k:])+[mth(h[:k])]
seed=bytes(range(32)); key=Ed25519PrivateKey.from_private_bytes(seed)
pub=key.public_key().public_bytes(S.Encoding.Raw,S.PublicFormat.Raw)
name='jingui.example/vector'
kid=H(name.encode()+b'\n\x01'+pub)[:4]
vkey=name+'+'+kid.hex()+'+'+b64(b"\x01"+pub)
text=f'{name}\n{len(entries)}\n{b64(mth(leaf))}\n'
note=text+'\n\u2014 '+name+' '+b64(kid+key.sign(text.encode()))+'\n'
files={'checkpoint':note.encode().hex(),'tile/0/000.p/5':b''.join(leaf).hex(),'tile/entries/000.p/5':b''.join(struct.pack('>H',len(e))+e for e in entries).hex()}
proof='c2sp.org/tlog-proof@v1\nindex 2\n'+'\n'.join(b64(h) for h in path(2,leaf))+'\n\n'+note
json.dump({'seed':seed.hex(),'vkey':vkey,'entries':[e.decode() for e in entries],'checkpoint':note,'proof':proof,'opened':opens[2][1],'files':files},open('ledger.json','w'),ensure_ascii=False,indent=1); open('ledger.json','a').write('\n')
